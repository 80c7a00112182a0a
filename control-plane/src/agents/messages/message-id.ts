import { DIRECTORY } from '../directory/state.ts';

/** What senders know a message by: which stream it stands in, and where. */
export function messageId(stream: string, id: number): string {
  return `msg_${stream === DIRECTORY ? 'all' : stream.slice('inbox_'.length)}_${id}`;
}

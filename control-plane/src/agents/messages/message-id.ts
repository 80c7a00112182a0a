import { CodedError } from '../../kernel/errors.ts';
import { DIRECTORY } from '../directory/state.ts';

/** What senders know a message by: which stream it stands in, and where. */
export function messageId(stream: string, id: number): string {
  return `msg_${stream === DIRECTORY ? 'all' : stream.slice('inbox_'.length)}_${id}`;
}

/** Where a message stands. @throws MESSAGE_NOT_FOUND for what is no id of a message */
export function placeOf(id: string): { readonly stream: string; readonly id: number } {
  const [, stream, entry] = /^msg_(all|[0-9a-f]{32})_([1-9]\d{0,14})$/.exec(id) ?? [];
  if (stream === undefined) throw new CodedError('MESSAGE_NOT_FOUND');
  return { stream: stream === 'all' ? DIRECTORY : `inbox_${stream}`, id: Number(entry) };
}

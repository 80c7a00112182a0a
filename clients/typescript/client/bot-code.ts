import { createHash } from 'node:crypto';
import type { Answer, Arguments } from './tools.ts';

/** A bot's whole source, with the hash that was computed here, from what was received. */
export interface BotCode {
  readonly answer: Answer<'get_bot_code'>;
  readonly source: string;
  /** `sha256:` and hex, over the source as UTF-8. */
  readonly computedHash: string;
}

type Call = (name: 'get_bot_code', args: Arguments<'get_bot_code'>) => Promise<Answer<'get_bot_code'>>;

/** Reads a bot's source page by page and hashes it. */
export async function readBotCode(call: Call, args: Arguments<'get_bot_code'>): Promise<BotCode> {
  let answer = await call('get_bot_code', args);
  const first = answer;
  let source = answer.source;
  while (answer.next_offset !== null) {
    answer = await call('get_bot_code', { ...args, offset: answer.next_offset });
    source += answer.source;
  }
  return { answer: first, source, computedHash: sha256(source) };
}

/** `sha256:` and the hash in hex, as announcements write it. */
export function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`;
}

import { CodedError } from '../../kernel/errors.ts';
import { readAnew } from '../next-call.ts';
import type { Place } from './state.ts';

/** @throws BAD_CURSOR */
export function readCursor(text: string): Place {
  const [, direct, broadcast] = /^(\d{1,15})\.(\d{1,15})$/.exec(text) ?? [];
  if (direct === undefined) throw new CodedError('BAD_CURSOR', { field: 'cursor', next_call: readAnew });
  return { direct: Number(direct), broadcast: Number(broadcast) };
}

export function writeCursor({ direct, broadcast }: Place): string {
  return `${direct}.${broadcast}`;
}

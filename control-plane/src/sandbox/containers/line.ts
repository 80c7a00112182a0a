import type { Json } from '../../kernel/json/value.ts';

/** More than a source of 64 KiB can have. */
const MAX_LINE = 65_536;

/** A line of the bot's source, as its process tells it: untrusted, left out unless it can be one. */
export function lineOf(line: Json | undefined): { readonly line?: number } {
  const possible = typeof line === 'number' && Number.isInteger(line) && line >= 1 && line <= MAX_LINE;
  return possible ? { line } : {};
}

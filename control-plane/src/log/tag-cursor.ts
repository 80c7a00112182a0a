import type { TagCursor } from './store.ts';

/** A place among tagged streams as clients are given it. */
export function writeTagCursor({ at, stream }: TagCursor): string {
  return `${at}.${stream}`;
}

/** @param ours what the names of such streams look like; undefined for what no answer gave */
export function readTagCursor(text: string, ours: RegExp): TagCursor | undefined {
  const [, at = '', stream = ''] = /^(\d{1,15})\.(\w+)$/.exec(text) ?? [];
  return ours.test(stream) ? { at: Number(at), stream } : undefined;
}

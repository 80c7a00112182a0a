import type { Summary } from '../archive/tally.ts';

/** An archive's contents in words. */
export function told({ counts, sha256 }: Summary): string {
  const { streams, commits, attachments, records } = counts;
  return `${streams} streams, ${commits} commits, ${attachments} attachments, ${records} records (sha256 ${sha256})`;
}

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { keepArchive, packed, verifyArchive } from '../archive/file.ts';
import { type CopiedStore, readStream } from '../archive/read.ts';
import { type Summary, summaryOf } from '../archive/tally.ts';
import { Retention, type RetentionOptions } from '../channels/retention.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';

const DAY_MS = 24 * 3_600_000;

/** What archives old channels as the settings say; undefined where they are kept for ever. */
export function retentionOf(
  { retentionDays, archiveDir }: Pick<Config, 'retentionDays' | 'archiveDir'>,
  store: CopiedStore,
  clock: Clock,
  parts: Pick<RetentionOptions, 'streams' | 'leases' | 'log'>,
): Retention | undefined {
  if (retentionDays === undefined) return undefined;
  const archive = async (channelId: string, last: number) => {
    await mkdir(archiveDir, { recursive: true, mode: 0o700 });
    const file = path.join(archiveDir, `${channelId}-${last}.mcpm.gz`);
    const bytes = packed(readStream(store, channelId), clock.now());
    const summary = await keepArchive(bytes, file).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
        return keptBefore(store, channelId, file);
      throw error;
    });
    return { ...summary, file };
  };
  return new Retention({ ...parts, contents: store.contents, keepMs: retentionDays * DAY_MS, archive });
}

/** A file that a try wrote which ended before the channel was forgotten: it must hold the very same. */
async function keptBefore(store: CopiedStore, channelId: string, file: string): Promise<Summary> {
  const [kept, wanted] = [await verifyArchive(file), await summaryOf(readStream(store, channelId))];
  if (kept.sha256 === wanted.sha256) return kept;
  throw new Error(`${file} is there already, and holds something else: move it away.`);
}

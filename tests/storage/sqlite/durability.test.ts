import { beforeAll, describe, expect, test } from 'vitest';
import { tempDir } from '../../support/temp-dir.ts';
import { missingStrace, readSyncs, straceCommand, type Syncs } from './strace.ts';
import { WriterProcess, type WriterOptions } from './writer-process.ts';

/** Runs a writer to its end under strace. */
async function trace(options: Omit<WriterOptions, 'path' | 'before'>): Promise<Syncs> {
  await using dir = await tempDir();
  const file = dir.file('trace');
  await using writer = new WriterProcess({
    path: dir.file('store.db'),
    before: straceCommand(file),
    ...options,
  });
  expect(await writer.finish()).toBe(0);
  const syncs = readSyncs(file);
  expect(syncs.acknowledgements).toBe(options.total);
  return syncs;
}

describe('durability, seen in the system calls', () => {
  let missing: string | undefined;
  beforeAll(() => {
    missing = missingStrace();
    // On a developer's machine a reason to skip; CI has to see the system calls.
    if (missing && process.env['CI']) throw new Error(missing);
  });

  test('every append that waits for the one before is synced before it is acknowledged', async (context) => {
    if (missing) return context.skip(missing);
    const { syncs, unsynced } = await trace({ total: 50 });
    expect(unsynced).toBe(0);
    expect(syncs).toBeGreaterThanOrEqual(50);
  });

  test('the same count shows it where the store does not sync', async (context) => {
    if (missing) return context.skip(missing);
    const { syncs, unsynced } = await trace({ total: 50, synchronous: 'OFF' });
    expect(unsynced).toBe(50);
    expect(syncs).toBe(0);
  });

  test('appends that arrive together share a sync', async (context) => {
    if (missing) return context.skip(missing);
    const { syncs } = await trace({ total: 256, atOnce: 64 });
    expect(syncs).toBeGreaterThanOrEqual(4);
    expect(syncs).toBeLessThanOrEqual(128);
  });
});

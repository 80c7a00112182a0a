import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { keepArchive, packed, verifyArchive } from '../../control-plane/src/archive/file.ts';
import { readStream } from '../../control-plane/src/archive/read.ts';
import { retentionOf } from '../../control-plane/src/assembly/retention.ts';
import type { Logger } from '../../control-plane/src/kernel/logger.ts';
import { soleLeases } from '../../control-plane/src/leases/leases.ts';
import { startGame } from '../pipeline/support.ts';
import { openChannels, refusal } from '../support/channels.ts';
import { freshSqlite } from '../support/sqlite-store.ts';
import { tempDir } from '../support/temp-dir.ts';

const DAY_MS = 24 * 3_600_000;

/** A channel that was closed long ago, and the retention of a server that has not looked at it yet. */
async function openHouse() {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir());
  const store = stack.use(await freshSqlite());
  const channels = stack.use(openChannels({ store: store.commits }));
  const { channel_id, alice, post } = await startGame(channels);
  await post('remember this');
  await channels.settled(channel_id);
  await alice.update_channel({ channel_id, ops: [{ type: 'close' }] });
  channels.clock.forward(DAY_MS);
  const archiveDir = dir.file('archive');
  await mkdir(archiveDir);
  const errors: { err: Error }[] = [];
  const quiet = () => undefined;
  const log: Logger = {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (fields) => void errors.push(fields as { err: Error }),
  };
  const { streams, clock } = channels;
  const parts = { streams, leases: soleLeases, log };
  const retention = retentionOf({ retentionDays: 1, archiveDir }, store, clock, parts);
  const { n } = (await streams.open(channel_id)).folded;
  const held = stack.move();
  return {
    channel_id,
    errors,
    archiveDir,
    file: `${archiveDir}/${channel_id}-${n}.mcpm.gz`,
    keep: (file: string) => keepArchive(packed(readStream(store, channel_id), clock.now()), file),
    round: async () => retention?.round(clock.now()),
    find: () => refusal(alice.get_channel_info({ channel_id })),
    status: async () => (await channels.state(channel_id)).status,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

it('is archived also where a server died while it wrote the file', async () => {
  await using house = await openHouse();
  await writeFile(`${house.file}.part`, 'cut short');
  expect(await house.round()).toBe(1);
  expect(await house.find()).toBe('CHANNEL_NOT_FOUND');
  await verifyArchive(house.file);
});

it('is archived also where a server died after it wrote the file', async () => {
  await using house = await openHouse();
  await house.keep(house.file);
  const before = await readFile(house.file);
  expect(await house.round()).toBe(1);
  expect(await house.find()).toBe('CHANNEL_NOT_FOUND');
  expect(await readFile(house.file)).toEqual(before);
  expect(await readdir(house.archiveDir)).toHaveLength(1);
});

it.each<readonly [string, (house: Awaited<ReturnType<typeof openHouse>>) => Promise<unknown>, string]>([
  ['no archive', (house) => writeFile(house.file, 'something'), 'damaged or cut short'],
  [
    'another moment of the channel',
    async (house) => {
      await using other = await openHouse();
      await other.keep(house.file);
    },
    'holds something else',
  ],
])('stays where its file is there already and holds %s', async (_what, put, says) => {
  await using house = await openHouse();
  await put(house);
  const before = await readFile(house.file);
  expect(await house.round()).toBe(0);
  expect(house.errors.map(({ err }) => err.message)).toEqual([expect.stringContaining(says)]);
  expect(await house.status()).toBe('closed');
  expect(await readFile(house.file)).toEqual(before);
});

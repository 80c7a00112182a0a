import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { keepArchive, packed, readArchive, verifyArchive } from '../../control-plane/src/archive/file.ts';
import { fillStore, requireFilled } from '../../control-plane/src/archive/fill.ts';
import { type CopiedStore, readStore } from '../../control-plane/src/archive/read.ts';
import { commit } from '../storage/contract/samples.ts';
import { freshSqlite } from '../support/sqlite-store.ts';
import { storeWith } from '../support/store-with.ts';
import { tempDir } from '../support/temp-dir.ts';
import { fillWithOddities } from './stores.ts';

const NOW = 1_000;

async function all(store: CopiedStore) {
  const items = [];
  for await (const item of readStore(store, 0)) items.push(item);
  return items;
}

/** A backup of a store full of oddities. */
async function backUp() {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir());
  const store = stack.use(await freshSqlite());
  await fillWithOddities(store);
  const file = dir.file('backup.gz');
  const summary = await keepArchive(packed(readStore(store, NOW), NOW), file);
  const held = stack.move();
  return { dir, store, file, summary, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

describe('a backup', () => {
  it('restored into an empty store gives the same store, byte for byte', async () => {
    await using source = await backUp();
    await using target = await freshSqlite();
    await fillStore(target, () => readArchive(source.file), source.summary);
    expect(await all(target)).toEqual(await all(source.store));
    expect(source.summary.counts).toMatchObject({ streams: 20, attachments: 19, records: 2 });
    await requireFilled(target);
  });

  it('is a file that its owner alone can read', async () => {
    await using source = await backUp();
    expect((await stat(source.file)).mode & 0o777).toBe(0o600);
  });

  it('leaves out expired records and who was at work at the moment', async () => {
    await using source = await backUp();
    await source.store.records.insert({ kind: 'code', key: 'old', expiresAt: NOW, value: {} }, 0);
    const kinds = [];
    for await (const item of readStore(source.store, NOW))
      if (item.type === 'record') kinds.push(item.record.kind);
    expect(kinds).toEqual(['client', 'token']);
  });

  it('never takes the place of a file that is there', async () => {
    await using source = await backUp();
    const before = await readFile(source.file);
    const again = keepArchive(packed(readStore(source.store, NOW), NOW), source.file);
    await expect(again).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(source.file)).toEqual(before);
  });

  it('holds the end of a stream that is erased while it is read', async () => {
    await using store = await freshSqlite();
    for (let n = 0; n < 6; n++)
      await store.commits.append(commit('chn_a', n, { payload: 'x'.repeat(500_000) }));
    const read: typeof store.commits.read = async (...args) => {
      const page = await store.commits.read(...args);
      if (page.at(-1)?.n === 1) {
        await store.commits.append(commit('chn_a', 6, { tags: ['tombstone'] }));
        await store.commits.eraseBelow('chn_a', 6);
      }
      return page;
    };
    const items = await all({ ...store, commits: storeWith(store.commits, { read }) });
    const numbers = items.flatMap((item) => (item.type === 'commit' ? [item.commit.n] : []));
    expect(numbers).toEqual([0, 1, 6]);
  });

  it('that breaks off in the middle leaves no file', async () => {
    await using source = await backUp();
    const bytes = await readFile(source.file);
    const file = source.dir.file('cut.gz');
    await expect(keepArchive(Readable.from([bytes.subarray(0, bytes.length - 20)]), file)).rejects.toThrow(
      'damaged or cut short',
    );
    expect((await readdir(path.dirname(file))).filter((name) => name.startsWith('cut.gz'))).toEqual([]);
  });

  it('is not in the way of the next one when it was killed in the middle', async () => {
    await using source = await backUp();
    const file = source.dir.file('again.gz');
    const { promise: never, resolve: end } = Promise.withResolvers<void>();
    const killed = keepArchive(
      Readable.from(
        (async function* () {
          yield Buffer.from('half');
          await never;
        })(),
      ),
      file,
    );
    const drafts = async () =>
      (await readdir(path.dirname(file))).some((name) => name.startsWith('again.gz'));
    while (!(await drafts()));
    await keepArchive(packed(readStore(source.store, NOW), NOW), file);
    expect(await verifyArchive(file)).toEqual(source.summary);
    end();
    await expect(killed).rejects.toThrow('damaged or cut short');
    expect(await verifyArchive(file)).toEqual(source.summary);
  });
});

describe('bytes of a backup that fails', () => {
  it.each([0, 50])('tell who reads them, %i items on, also where that begins late', async (count) => {
    await using dir = await tempDir();
    const failing = packed(
      (async function* () {
        for (let n = 0; n < count; n++) yield { type: 'stream', stream: `chn_${n}` } as const;
        throw new Error('the store is away');
      })(),
      NOW,
    );
    await once(failing, 'close').catch(() => undefined);
    await expect(keepArchive(failing, dir.file('none'))).rejects.toThrow('the store is away');
    expect(await readdir(dir.path)).toEqual([]);
  });
});

/** What can become of an archive, and what is said of it. */
const SPOILED: Readonly<Record<string, readonly [spoil: (bytes: Buffer) => Buffer, says: RegExp]>> = {
  'cut short': [(bytes) => bytes.subarray(0, bytes.length / 2), /damaged or cut short/],
  'without its last line': [onLines((lines) => lines.slice(0, -1)), /cut short: its last line is missing/],
  'without a line in the middle': [onLines((lines) => lines.toSpliced(3, 1)), /its hash does not fit/],
  'with two lines in another order': [
    onLines((lines) => lines.toSpliced(3, 2, lines[4] ?? '', lines[3] ?? '')),
    /hash does not fit/,
  ],
  'with another word in it': [
    onLines((lines) => lines.map((line) => line.replace('"work"', '"play"'))),
    /hash does not fit/,
  ],
  'with lines after its end': [onLines((lines) => [...lines, '{}']), /stands after the end/],
  'with a line that is no JSON': [onLines((lines) => lines.toSpliced(2, 0, '{')), /Line 3 is not JSON/],
  'with a line of another kind': [
    onLines((lines) => lines.toSpliced(2, 0, '{"type":"x"}')),
    /Line 3 is not one of an archive/,
  ],
  'with a flipped bit': [
    (bytes) => Buffer.from(bytes).fill(bytes[200]! ^ 1, 200, 201),
    /damaged|JSON|hash|archive/,
  ],
  'of a newer version': [
    onLines((lines) => [(lines[0] ?? '').replace('"version":1', '"version":2'), ...lines.slice(1)]),
    /has version 2/,
  ],
  'of another program': [onLines(() => ['{"hello":1}']), /not an archive of MCP Multiplayer/],
  empty: [() => Buffer.alloc(0), /cut short/],
};

function onLines(change: (lines: string[]) => string[]) {
  return (bytes: Buffer) => {
    const lines = gunzipSync(bytes).toString().trimEnd().split('\n');
    return gzipSync(`${change(lines).join('\n')}\n`);
  };
}

describe('an archive', () => {
  it.each(Object.entries(SPOILED))(
    '%s is refused, and nothing is written for it',
    async (_what, [spoil, says]) => {
      await using source = await backUp();
      const file = source.dir.file('spoiled.gz');
      await writeFile(file, spoil(await readFile(source.file)));
      await expect(verifyArchive(file)).rejects.toThrow(says);
    },
  );
});

describe('a restore', () => {
  it('is refused by a store that holds something', async () => {
    await using source = await backUp();
    await using target = await freshSqlite();
    await target.commits.append(commit('chn_mine', 0));
    const restore = fillStore(target, () => readArchive(source.file), source.summary);
    await expect(restore).rejects.toThrow('The store is not empty: it holds the channel chn_mine');
    expect(await target.contents.streams(undefined, 10)).toEqual(['chn_mine']);
  });

  it('that was cut short leaves a store that is not served, and goes on when it is run again', async () => {
    await using source = await backUp();
    await using target = await freshSqlite();
    let left = 15;
    const append: typeof target.commits.append = (...args) =>
      left-- > 0 ? target.commits.append(...args) : Promise.reject(new Error('the power failed'));
    const failing = { ...target, commits: storeWith(target.commits, { append }) };
    const cut = fillStore(failing, () => readArchive(source.file), source.summary);
    await expect(cut).rejects.toThrow('the power failed');
    await expect(requireFilled(target)).rejects.toThrow('a part of a restore');
    const { skipped } = await fillStore(target, () => readArchive(source.file), source.summary);
    expect(skipped).toBe(15);
    expect(await all(target)).toEqual(await all(source.store));
    await requireFilled(target);
  });

  it('is refused where another commit has a place', async () => {
    await using source = await backUp();
    await using target = await freshSqlite();
    await target.commits.putMark('filling', 'yes');
    await target.commits.append(commit('chn_0', 0, { id: 'another' }));
    const restore = fillStore(target, () => readArchive(source.file), source.summary);
    await expect(restore).rejects.toThrow('The store holds another commit 0 of chn_0');
    await expect(requireFilled(target)).rejects.toThrow('a part of a restore');
  });
});

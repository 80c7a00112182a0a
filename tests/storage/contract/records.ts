import { expect, test } from 'vitest';
import type { IdentityRecord } from '../../../control-plane/src/identity/records.ts';
import type { OpenRecords, Unlike } from '../contract.ts';
import { AWKWARD_VALUES, text } from './samples.ts';

const NOW = 1_000_000;
const record = (fields: Partial<IdentityRecord> = {}): IdentityRecord => ({
  kind: 'token',
  key: 'k',
  value: { v: 1 },
  ...fields,
});

/** Small documents under a unique key. */
export function describeRecords(open: OpenRecords, { changesInTwoSteps = false }: Unlike): void {
  describeValues(open);
  describeInserting(open);
  describeChanging(open, changesInTwoSteps ? test.skip : test);
  describeOwners(open);
  describeSweeping(open);
}

function describeValues(open: OpenRecords): void {
  test('a value comes back as it went in', async () => {
    await using store = await open();
    const spoiled: string[] = [];
    for (const [what, value] of AWKWARD_VALUES) {
      await store.records.insert(record({ key: what, value: { value } }), NOW);
      const read = await store.records.get('token', what, NOW);
      if (text(read?.value ?? null) !== text({ value })) spoiled.push(what);
    }
    expect(spoiled).toEqual([]);
  });

  test('a record comes back with its owner and expiry, or without', async () => {
    await using store = await open();
    const full = record({ owner: 'acc_1', expiresAt: NOW + 1 });
    const bare = record({ key: 'bare' });
    await store.records.insert(full, NOW);
    await store.records.insert(bare, NOW);
    expect(await store.records.get('token', 'k', NOW)).toEqual(full);
    expect(await store.records.get('token', 'bare', NOW)).toStrictEqual(bare);
  });
}

function describeInserting(open: OpenRecords): void {
  test('a key is held once per kind', async () => {
    await using store = await open();
    expect(await store.records.insert(record(), NOW)).toBe(true);
    expect(await store.records.insert(record({ value: { v: 2 } }), NOW)).toBe(false);
    expect(await store.records.insert(record({ kind: 'code', value: { v: 3 } }), NOW)).toBe(true);
    expect(await store.records.get('token', 'k', NOW)).toEqual(record());
  });

  test('of many that insert one key at once one does', async () => {
    await using store = await open();
    const inserts = Array.from({ length: 10 }, (_, v) => store.records.insert(record({ value: { v } }), NOW));
    const results = await Promise.all(inserts);
    expect(results.filter(Boolean)).toHaveLength(1);
    const held = await store.records.get('token', 'k', NOW);
    expect(held?.value).toEqual({ v: results.indexOf(true) });
  });

  test('an expired record is not seen, not taken, and makes room for another', async () => {
    await using store = await open();
    await store.records.insert(record({ owner: 'acc_1', expiresAt: NOW - 1 }), NOW - 10);
    expect(await store.records.get('token', 'k', NOW)).toBeUndefined();
    expect(await store.records.listByOwner('token', 'acc_1', NOW)).toEqual([]);
    expect(await store.records.take('token', 'k', NOW)).toBeUndefined();
    expect(await store.records.insert(record({ value: { v: 2 } }), NOW)).toBe(true);
    expect(await store.records.get('token', 'k', NOW)).toStrictEqual(record({ value: { v: 2 } }));
  });

  test('a record that has not expired keeps its key', async () => {
    await using store = await open();
    await store.records.insert(record({ expiresAt: NOW + 1 }), NOW);
    expect(await store.records.insert(record({ value: { v: 2 } }), NOW)).toBe(false);
  });
}

function describeChanging(open: OpenRecords, atOnce: typeof test | typeof test.skip): void {
  atOnce('of many that take a record at once one gets it', async () => {
    await using store = await open();
    await store.records.insert(record({ owner: 'acc_1', expiresAt: NOW + 1 }), NOW);
    const takes = Array.from({ length: 10 }, () => store.records.take('token', 'k', NOW));
    const got = (await Promise.all(takes)).filter((taken) => taken !== undefined);
    expect(got).toEqual([record({ owner: 'acc_1', expiresAt: NOW + 1 })]);
    expect(await store.records.get('token', 'k', NOW)).toBeUndefined();
  });

  test('replacing needs the value that was read', async () => {
    await using store = await open();
    const first = record({ value: { a: 1, b: 2 }, owner: 'acc_1', expiresAt: NOW + 1 });
    const next = record({ value: { a: 2 } });
    await store.records.insert(first, NOW);
    expect(await store.records.replace(record({ value: { a: 1 } }), next)).toBe(false);
    expect(await store.records.get('token', 'k', NOW)).toEqual(first);
    // The order of members is no difference.
    expect(await store.records.replace(record({ value: { b: 2, a: 1 } }), next)).toBe(true);
    expect(await store.records.get('token', 'k', NOW)).toStrictEqual(next);
    expect(await store.records.replace(record({ key: 'none' }), record({ key: 'none' }))).toBe(false);
    expect(await store.records.get('token', 'none', NOW)).toBeUndefined();
  });

  atOnce('of many that replace one value at once one does', async () => {
    await using store = await open();
    await store.records.insert(record(), NOW);
    const nexts = [2, 3, 4, 5].map((v) => record({ value: { v } }));
    const results = await Promise.all(nexts.map((next) => store.records.replace(record(), next)));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await store.records.get('token', 'k', NOW)).toEqual(nexts[results.indexOf(true)]);
  });
}

function describeOwners(open: OpenRecords): void {
  test('an owner lists and removes what is theirs, of one kind', async () => {
    await using store = await open();
    const mine = [record({ key: 'a', owner: 'acc_1' }), record({ key: 'b', owner: 'acc_1' })];
    const others = [
      record({ key: 'c', owner: 'acc_2' }),
      record({ key: 'd' }),
      record({ kind: 'code', key: 'a', owner: 'acc_1' }),
    ];
    for (const each of [...mine, ...others]) await store.records.insert(each, NOW);
    const listed = await store.records.listByOwner('token', 'acc_1', NOW);
    expect(listed.toSorted((a, b) => (a.key < b.key ? -1 : 1))).toEqual(mine);
    expect(await store.records.removeByOwner('token', 'acc_1')).toBe(2);
    expect(await store.records.removeByOwner('token', 'acc_1')).toBe(0);
    expect(await store.records.listByOwner('token', 'acc_1', NOW)).toEqual([]);
    for (const { kind, key } of others) expect(await store.records.get(kind, key, NOW)).toBeDefined();
  });
}

function describeSweeping(open: OpenRecords): void {
  test('a sweep removes what expired, no more of it than it may, and nothing else', async () => {
    await using store = await open();
    for (const key of ['a', 'b', 'c'])
      await store.records.insert(record({ key, expiresAt: NOW - 5 }), NOW - 10);
    await store.records.insert(record({ key: 'live', expiresAt: NOW + 5 }), NOW);
    await store.records.insert(record({ key: 'lasting' }), NOW);
    expect(await store.records.sweep(NOW, 2)).toBe(2);
    expect(await store.records.sweep(NOW, 2)).toBe(1);
    expect(await store.records.sweep(NOW, 2)).toBe(0);
    expect(await store.records.get('token', 'live', NOW)).toBeDefined();
    expect(await store.records.get('token', 'lasting', NOW)).toBeDefined();
  });
}

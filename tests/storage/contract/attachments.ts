import { expect, test } from 'vitest';
import type { Attachment } from '../../../control-plane/src/log/store.ts';
import type { OpenCommits } from '../contract.ts';
import { AWKWARD_TEXTS, attachment, commit } from './samples.ts';

/** Values that commits refer to by hash. */
export function describeAttachments(open: OpenCommits): void {
  test('an attachment comes back byte for byte', async () => {
    await using store = await open();
    const spoiled: string[] = [];
    for (const [what, content] of AWKWARD_TEXTS) {
      const { scope, version, hash, text } = attachment(what, 1, content);
      await store.commits.append(commit(what, 0), [{ scope, version, hash, text }]);
      if ((await store.commits.attachment(scope, version, hash)) !== content) spoiled.push(what);
    }
    expect(spoiled).toEqual([]);
  });

  test('an attachment is found by scope, version and hash together', async () => {
    await using store = await open();
    const held = attachment('a/bot/1', 1, '{}');
    await store.commits.append(commit('a', 0), [held]);
    const get = (other: Partial<Attachment>) => {
      const { scope, version, hash } = { ...held, ...other };
      return store.commits.attachment(scope, version, hash);
    };
    expect(await get({})).toBe('{}');
    expect(await get({ scope: 'a/bot/2' })).toBeUndefined();
    expect(await get({ version: 2 })).toBeUndefined();
    expect(await get({ hash: attachment('', 0, '[]').hash })).toBeUndefined();
  });

  test('one value may be attached more than once, and one commit may have several', async () => {
    await using store = await open();
    const one = attachment('a/bot/1', 1, '1');
    const two = attachment('a/bot/2', 1, '2');
    await store.commits.append(commit('a', 0), [one, one]);
    expect(await store.commits.append(commit('a', 1), [one, two])).toBe('appended');
    expect(await store.commits.attachment(one.scope, 1, one.hash)).toBe('1');
    expect(await store.commits.attachment(two.scope, 1, two.hash)).toBe('2');
  });

  test('an attachment forgets the lower versions of its scope, once its commit is there, and nothing else', async () => {
    await using store = await open();
    const values = [1, 2, 3].map((version) => attachment('a/bot/1', version, `${version}`));
    const neighbour = attachment('a/bot/11', 1, 'neighbour');
    await store.commits.append(commit('a', 0), [...values, neighbour]);
    const newest = { ...attachment('a/bot/1', 4, '4'), forget_below: 3 };
    await store.commits.append(commit('a', 0), [newest]);
    expect(await store.commits.attachment('a/bot/1', 1, values[0]?.hash ?? '')).toBe('1');
    await store.commits.append(commit('a', 1), [newest]);
    const held = values.map(({ scope, version, hash }) => store.commits.attachment(scope, version, hash));
    expect(await Promise.all(held)).toEqual([undefined, undefined, '3']);
    expect(await store.commits.attachment('a/bot/11', 1, neighbour.hash)).toBe('neighbour');
  });

  test('who loses a place takes back what it brought, and nothing of the same value of the winner', async () => {
    await using store = await open();
    const value = attachment('a/bot/1', 1, 'same');
    const own = attachment('a/bot/1', 1, 'of the rival');
    await store.commits.append(commit('a', 0), [value]);
    expect(await store.commits.append(commit('a', 0, { id: 'rival' }), [value, own])).toBe('taken');
    expect(await store.commits.attachment(value.scope, 1, value.hash)).toBe('same');
    expect(await store.commits.attachment(own.scope, 1, own.hash)).toBeUndefined();
  });

  test('a commit appended again keeps what it brought', async () => {
    await using store = await open();
    const values = ['1', '2'].map((text, at) => attachment('a/bot/1', at, text));
    await store.commits.append(commit('a', 0), values);
    expect(await store.commits.append(commit('a', 0), values)).toBe('taken');
    const held = values.map(({ scope, version, hash }) => store.commits.attachment(scope, version, hash));
    expect(await Promise.all(held)).toEqual(['1', '2']);
  });

  test('of many that bring the same value to one place, the value of the winner stays', async () => {
    await using store = await open();
    const value = attachment('a/bot/1', 1, 'same');
    const rivals = Array.from({ length: 10 }, (_, i) => commit('a', 0, { id: `rival-${i}` }));
    const results = await Promise.all(rivals.map((rival) => store.commits.append(rival, [value])));
    expect(results.filter((result) => result === 'appended')).toHaveLength(1);
    expect(await store.commits.attachment(value.scope, 1, value.hash)).toBe('same');
  });
}

import { expect, test } from 'vitest';
import type { ListedContainer } from '../../control-plane/src/launcher/engine.ts';
import { ownerLabel } from '../../control-plane/src/launcher/owner.ts';
import { reap } from '../../control-plane/src/launcher/reaper.ts';

const NOW_MS = 1_000_000_000;
const HERE = await ownerLabel();
const [BOOT, NAMESPACE, PID] = HERE.split('/');
const DEAD = [BOOT, NAMESPACE, PID, 1].join('/');
const ELSEWHERE = [BOOT, '1', 7, 7].join('/');

const ours = { instance: 'ours', owner: HERE };
const CASES: readonly [name: string, container: Partial<ListedContainer>, removed: boolean][] = [
  ['of this process, and known', { ...ours, name: 'known' }, false],
  ['of this process, but not known', { ...ours, name: 'lost' }, true],
  ['of another instance in this process', { instance: 'other', owner: HERE }, false],
  ['of a dead owner', { instance: 'other', owner: DEAD }, true],
  ['of a dead owner of this instance', { instance: 'ours', owner: DEAD }, true],
  ['running, of an owner that cannot be judged', { instance: 'other', owner: ELSEWHERE }, false],
  ['running, of this instance before a move', { instance: 'ours', owner: ELSEWHERE }, true],
  ['long ended, of an owner that cannot be judged', { owner: ELSEWHERE, running: false }, true],
  [
    'just made, of an owner that cannot be judged',
    { owner: ELSEWHERE, running: false, createdAt: NOW_MS / 1000 - 30 },
    false,
  ],
  ['with a label that says nothing', { owner: '', running: true }, false],
];

test.each(CASES)('a container %s', async (_name, given, expected) => {
  const container = {
    id: 'id',
    name: 'n',
    instance: 'other',
    owner: '',
    running: true,
    createdAt: 0,
    ...given,
  };
  const removed: string[] = [];
  const engine = { list: async () => [container], remove: async (id: string) => void removed.push(id) };
  const self = { instance: 'ours', owner: HERE, knows: (name: string) => name === 'known' };
  expect(await reap(engine, self, NOW_MS)).toBe(expected ? 1 : 0);
  expect(removed).toEqual(expected ? ['id'] : []);
});

test('a container that cannot be removed keeps none of the others', async () => {
  const orphan = { name: 'n', instance: 'other', owner: DEAD, running: true, createdAt: 0 };
  const removed: string[] = [];
  const engine = {
    list: async () => ['stuck', 'loose'].map((id) => ({ ...orphan, id })),
    async remove(id: string) {
      if (id === 'stuck') throw new Error('device or resource busy');
      removed.push(id);
    },
  };
  expect(await reap(engine, { instance: 'ours', owner: HERE, knows: () => false }, NOW_MS)).toBe(1);
  expect(removed).toEqual(['loose']);
});

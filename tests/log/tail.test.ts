import { expect, test } from 'vitest';
import type { Commit } from '../../control-plane/src/log/commit.ts';
import { Tail } from '../../control-plane/src/log/tail.ts';

const commit = (first: number): Commit => ({
  stream: 'a',
  n: first,
  id: `${first}`,
  first,
  at: 0,
  entries: [],
  facts: [],
  tags: [],
});
const firsts = (tail: Tail, id: number) => tail.sinceEntry(id)?.map(({ first }) => first);

test('a tail holds 64 KiB at two bytes a character, the newest commits of it', () => {
  const tail = new Tail();
  for (let first = 1; first <= 10; first++) tail.push(commit(first), 8 * 1024);
  expect(firsts(tail, 10)).toEqual([10]);
  expect(firsts(tail, 7)).toEqual([7, 8, 9, 10]);
  expect(firsts(tail, 6)).toBeUndefined();
});

test('a commit larger than all of it is not held, and what comes after it is', () => {
  const tail = new Tail();
  tail.push(commit(1), 10);
  tail.push(commit(2), 33 * 1024);
  expect(firsts(tail, 2)).toBeUndefined();
  tail.push(commit(3), 10);
  expect(firsts(tail, 2)).toBeUndefined();
  expect(firsts(tail, 3)).toEqual([3]);
});

test('a tail holds 256 commits, however small', () => {
  const tail = new Tail();
  for (let first = 1; first <= 300; first++) tail.push(commit(first), 1);
  expect(firsts(tail, 45)).toHaveLength(256);
  expect(firsts(tail, 44)).toBeUndefined();
});

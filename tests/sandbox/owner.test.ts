import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { ownerLabel, ownerState } from '../../control-plane/src/launcher/owner.ts';

test('this process is alive to itself', async () => {
  expect(await ownerState(await ownerLabel())).toBe('alive');
});

test('a process that has ended is dead', async () => {
  const child = spawn('true');
  const pid = child.pid;
  await once(child, 'exit');
  const [boot, namespace, , started] = (await ownerLabel()).split('/');
  expect(await ownerState([boot, namespace, pid, started].join('/'))).toBe('dead');
});

test('a reused pid is told apart by its start time', async () => {
  const [boot, namespace, pid] = (await ownerLabel()).split('/');
  expect(await ownerState([boot, namespace, pid, 1].join('/'))).toBe('dead');
});

test.each([
  ['another boot', (parts: string[]) => ['another-boot', ...parts.slice(1)]],
  ['another pid namespace', ([boot = '', , ...rest]: string[]) => [boot, '1', ...rest]],
  ['no start time', (parts: string[]) => [...parts.slice(0, 3), '-']],
  ['no label', () => ['']],
  [
    'a path instead of a pid',
    ([boot = '', namespace = '', , started = '']: string[]) => [boot, namespace, '..', started],
  ],
])('of %s nothing can be told', async (_name, change) => {
  const label = change((await ownerLabel()).split('/')).join('/');
  expect(await ownerState(label)).toBe('unknown');
});

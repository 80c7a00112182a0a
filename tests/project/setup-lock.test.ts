import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { withLock } from '../../deploy/setup/lock.mjs';
import { tempFolder } from './temp.ts';

const QUICK = { pollMs: 1 };

describe('two set-ups at once', () => {
  test('take turns', async () => {
    await using folder = await tempFolder();
    const log: string[] = [];
    const turn = (name: string) =>
      withLock(
        `${folder.path}/lock`,
        async () => {
          log.push(`${name} in`);
          await new Promise(setImmediate);
          log.push(`${name} out`);
        },
        QUICK,
      );
    await Promise.all(['a', 'b', 'c', 'd'].map(turn));
    const turns = log.filter((_, index) => index % 2 === 0).map((line) => line.slice(0, 1));
    expect(log).toEqual(turns.flatMap((name) => [`${name} in`, `${name} out`]));
    expect(turns.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  test.each([
    ['ended', () => `${endedProcess()} 1`],
    ['ended, and its pid is taken by another', () => `${process.pid} 1`],
    ['left nothing readable', () => ''],
  ])('do not wait for one that %s', async (_, owner) => {
    await using folder = await tempFolder();
    const lock = `${folder.path}/lock`;
    await writeFile(lock, owner());
    await expect(Promise.all([1, 2, 3].map((n) => withLock(lock, async () => n, QUICK)))).resolves.toEqual([
      1, 2, 3,
    ]);
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('wait no longer than told for one that is still at work', async () => {
    await using folder = await tempFolder();
    const lock = `${folder.path}/lock`;
    await withLock(lock, async () => {
      const second = withLock(lock, async () => 'in', { ...QUICK, waitMs: 20 });
      await expect(second).rejects.toThrow('Another set-up holds');
      expect(existsSync(lock)).toBe(true);
    });
    expect(existsSync(lock)).toBe(false);
  });

  test('give the lock back when the work fails', async () => {
    await using folder = await tempFolder();
    const failing = withLock(`${folder.path}/lock`, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await readdir(folder.path)).toEqual([]);
  });
});

function endedProcess(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

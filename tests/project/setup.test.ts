import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { tar } from '../../deploy/setup/tar.mjs';
import { ROOT, tempFolder } from './temp.ts';

describe('npm start', () => {
  test.each([
    ['nothing listens', (path: string) => `unix://${path}/none.sock`, 'ENOENT'],
    [
      'something listens that never answers',
      (path: string) => `unix://${path}/mute.sock`,
      'no answer within',
    ],
    ['the address is of a kind it cannot use', () => 'ssh://somewhere', 'cannot be used'],
  ])('says what to do and starts nothing, when %s at DOCKER_HOST', async (_, host, reason) => {
    await using folder = await tempFolder();
    await using _mute = createServer((socket) => socket.resume()).listen(`${folder.path}/mute.sock`);
    const { code, errors, output } = await start({ DOCKER_HOST: host(folder.path) });
    expect(errors).toContain('set-up failed');
    expect(errors).toContain(reason);
    expect(errors).toContain('DOCKER_HOST');
    expect({ code, output }).toEqual({ code: 1, output: '' });
  });
});

async function start(env: Record<string, string>): Promise<{ code: number; output: string; errors: string }> {
  const child = spawn(process.execPath, [`${ROOT}/deploy/start.mjs`], { env: { ...process.env, ...env } });
  const [[code], output, errors] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code: code as number, output, errors };
}

/** Counts one signal that it gets, tells of another, and ends with the next line of its input. */
const COUNTER = `let n = 0;
process.on('SIGTERM', () => console.log('SIGTERM', ++n));
process.on('SIGINT', () => console.log('SIGINT'));
process.stdin.once('data', () => process.exit(40 + n));
console.log('ready');`;

describe('a program that set-up runs in the foreground', () => {
  test('gets a signal once, though npm and the terminal both send it, and its exit code is kept', async () => {
    await using folder = await tempFolder();
    await writeFile(`${folder.path}/counter.ts`, COUNTER);
    const wrapper = spawn(process.execPath, [`${ROOT}/deploy/run.mjs`, `${folder.path}/counter.ts`]);
    const lines = createInterface({ input: wrapper.stdout })[Symbol.asyncIterator]();
    expect(await lines.next()).toMatchObject({ value: 'ready' });
    wrapper.kill('SIGTERM');
    expect(await lines.next()).toMatchObject({ value: 'SIGTERM 1' });
    wrapper.kill('SIGTERM');
    wrapper.kill('SIGINT');
    expect(await lines.next()).toMatchObject({ value: 'SIGINT' });
    wrapper.stdin.end('\n');
    expect(await once(wrapper, 'exit')).toEqual([41, null]);
    expect(await lines.next()).toMatchObject({ done: true });
  });

  test.each([
    ['process.exit(7)', 7],
    ["process.kill(process.pid, 'SIGKILL')", 137],
    ['setTimeout(() => {}, 0)', 0],
    ["throw new Error('no')", 1],
  ])('`%s` ends with %d', async (code, expected) => {
    await using folder = await tempFolder();
    await writeFile(`${folder.path}/program.ts`, `${code};`);
    const wrapper = spawn(process.execPath, [`${ROOT}/deploy/run.mjs`, `${folder.path}/program.ts`]);
    expect(await once(wrapper, 'exit')).toEqual([expected, null]);
  });
});

describe('the archive of a build context', () => {
  test('unpacks to the same files with the same modes', async () => {
    await using folder = await tempFolder();
    const files = [
      { name: 'empty', content: Buffer.alloc(0) },
      { name: 'deep/er/block', content: Buffer.alloc(512, 'b') },
      { name: 'run.sh', content: Buffer.from('#!/bin/sh\n'), mode: 0o755 },
      { name: 'big', content: Buffer.alloc(70_001, 'é') },
    ];
    execFileSync('tar', ['-x', '-C', folder.path], { input: tar(files) });
    for (const { name, content, mode = 0o644 } of files) {
      expect(await readFile(`${folder.path}/${name}`)).toEqual(content);
      expect((await stat(`${folder.path}/${name}`)).mode & 0o100).toBe(mode & 0o100);
    }
  });

  test('refuses a name that it would have to cut', () => {
    expect(() => tar([{ name: 'n'.repeat(101), content: Buffer.alloc(0) }])).toThrow(RangeError);
  });
});

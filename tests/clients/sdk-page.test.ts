import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startTestServer } from '../support/server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

it('the program on the page for SDKs runs as it stands there', async () => {
  await using server = await startTestServer();
  const page = await readFile(join(ROOT, 'docs/clients/sdk.md'), 'utf8');
  const program = /```ts\n(.*?)```/s.exec(page)?.[1]?.replace('http://127.0.0.1:8100', server.url) ?? '';
  const args = ['--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  expect(stdout).toMatch(/channel_id: 'chn_[a-z2-7]{16}'/);
  expect(stdout).toMatch(/'inv_/);
});

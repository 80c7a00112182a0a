import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { TestServer } from './support/server.ts';
import { registerPublic } from './support/session.ts';

/** Every check with its outcome, so that a scenario which runs none does not count as passed. */
const OUTCOMES = {
  'authorization-server-metadata-endpoint': [
    'authorization-server-metadata: SUCCESS',
    // Client id metadata documents are not offered in open mode.
    'authorization-server-metadata-cimd: WARNING',
  ],
  'authorization-code-grant': ['authorization-code-grant: SUCCESS'],
};

it("passes the conformance suite's checks of an authorization server", async () => {
  await using server = new TestServer({ publicUrl: 'http://127.0.0.1:8100' });
  await using cleanup = new AsyncDisposableStack();
  const output = await mkdtemp(join(tmpdir(), 'conformance-'));
  cleanup.defer(() => rm(output, { recursive: true }));
  const url = `http://127.0.0.1:${await server.listen()}`;
  const clientId = await registerPublic(server, ['http://127.0.0.1/callback']);
  await runSuite(['--url', url, '--client-id', clientId, '--resource', `${url}/mcp`, '-o', output]);
  expect(await results(output)).toEqual(OUTCOMES);
});

/** Runs the suite, and opens the address that it asks a person to open. */
async function runSuite(args: readonly string[]): Promise<void> {
  const suite = join(
    dirname(createRequire(import.meta.url).resolve('conformance-next/package.json')),
    'dist/index.js',
  );
  const port = String(await freePort());
  using child = spawn(process.execPath, [suite, 'authorization', '-p', port, ...args]);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('http://')) await (await fetch(line)).text();
  }
  expect(await exited).toBe(0);
}

async function results(output: string): Promise<Record<string, string[]>> {
  const outcomes: Record<string, string[]> = {};
  for (const entry of await readdir(output, { recursive: true })) {
    if (!entry.endsWith('checks.json')) continue;
    const checks: { id: string; status: string }[] = JSON.parse(await readFile(join(output, entry), 'utf8'));
    // The directory is named after the scenario, between a prefix and the time.
    const scenario = dirname(entry).replace(/^authorization-server-(.*)-\d{4}-\d\d-\d\dT.*$/, '$1');
    outcomes[scenario] = checks.map(({ id, status }) => `${id}: ${status}`);
  }
  return outcomes;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

import { createInterface } from 'node:readline';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Browser } from '../support/browser/browser.ts';
import { signIn, signUp } from '../support/browser/person.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { freePort } from '../support/service.ts';
import { tally } from '../support/tally.ts';
import { tempDir } from '../support/temp-dir.ts';
import { readResults, suiteProgram } from './support/suite.ts';

/** Every check with its outcome, so that a scenario which runs none does not count as passed. */
const OUTCOMES = {
  'authorization-server-metadata-endpoint': [
    'authorization-server-metadata: SUCCESS',
    'authorization-server-metadata-cimd: SUCCESS',
  ],
  'authorization-code-grant': ['authorization-code-grant: SUCCESS'],
};

type Visit = (address: string) => Promise<unknown>;

const MODES: readonly [mode: string, person: (server: TestServer) => Promise<Visit>][] = [
  ['open', async () => (address) => new Browser().get(address)],
  [
    'accounts',
    async (server) => {
      await signUp(server, 'ada');
      return async (address) => {
        const browser = new Browser();
        await browser.get(address);
        await signIn(browser, 'ada');
        expect(browser.page.text).toContain('Conformance');
        await browser.submit('/oauth/authorize', { decision: 'allow' });
      };
    },
  ],
];

describe("the conformance suite's checks of an authorization server", () => {
  it.for(MODES)('all succeed in %s mode', async ([mode, person], context) => {
    await using server = await startTestServer({ AUTH_MODE: mode });
    expect(await runAuthorization(server.url, await person(server))).toEqual(OUTCOMES);
    tally(
      context,
      `conformance, authorization in ${mode} mode: ${Object.values(OUTCOMES).flat().length} checks`,
    );
  });
});

/** Runs the suite, and has somebody visit the address that it asks a person to open. */
async function runAuthorization(url: string, visit: Visit): Promise<Record<string, string[]>> {
  await using output = await tempDir();
  const port = await freePort();
  const client = await register(url, `http://127.0.0.1:${port}/callback`);
  const args = ['authorization', '--url', url, '--client-id', client, '--resource', `${url}/mcp`];
  const all = [suiteProgram('conformance-next'), ...args, '-p', String(port), '-o', output.path];
  using child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('http://')) await visit(line);
  }
  expect(await exited).toEqual([0, null]);
  const results = await readResults(output.path, 'authorization-server-');
  const listed = [...results].map(([scenario, checks]) => [
    scenario,
    checks.map(({ id, status }) => `${id}: ${status}`),
  ]);
  return Object.fromEntries(listed) as Record<string, string[]>;
}

async function register(url: string, callback: string): Promise<string> {
  const answer = await fetch(`${url}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Conformance',
      redirect_uris: [callback],
      token_endpoint_auth_method: 'none',
    }),
  });
  return ((await answer.json()) as { client_id: string }).client_id;
}

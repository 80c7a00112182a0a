import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runClient } from '../clients/support/cli.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { testEnv } from '../support/server-env.ts';
import { type Made, type Workshop, workshop } from './support/certificates.ts';

const MAIN = fileURLToPath(new URL('../../control-plane/src/main.ts', import.meta.url));
/** The files are looked at every five seconds. */
const SOON = { timeout: 20_000, interval: 200 };

const resources = new AsyncDisposableStack();
let shop: Workshop;
let one: Made;
let two: Made;
let files: { readonly TLS_CERT_FILE: string; readonly TLS_KEY_FILE: string };
let server: TestServer;

beforeAll(async () => {
  shop = resources.use(await workshop());
  [one, two] = [await shop.make('one'), await shop.make('two')];
  files = { TLS_CERT_FILE: shop.file('cert.pem'), TLS_KEY_FILE: shop.file('key.pem') };
  await writeFile(files.TLS_CERT_FILE, one.cert);
  await writeFile(files.TLS_KEY_FILE, one.key);
  server = resources.use(await startTestServer(files));
});
afterAll(() => resources.disposeAsync());

/** The command line as a person has it. */
function client(name: string, env: NodeJS.ProcessEnv) {
  const own = { MCP_CLIENT_NAME: name, MCP_TOKEN_FILE: shop.file(`${name}.json`) };
  return (...args: string[]) => runClient('cli.ts', args, { MCP_BASE_URL: server.url, ...own, ...env });
}

describe('the whole server with a certificate', () => {
  it('is reached over HTTPS, and says so in all that names it', async () => {
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), one.cert]);
    const answer = await fetch(`${server.url}/.well-known/oauth-authorization-server`);
    expect(await answer.json()).toMatchObject({
      issuer: server.url,
      token_endpoint: `${server.url}/token`,
    });
  });

  it('is reached by the command line with NODE_EXTRA_CA_CERTS, and not without', async () => {
    const trusting = client('trusting', { NODE_EXTRA_CA_CERTS: shop.file('made-one.pem') });
    expect(await trusting('list')).toMatchObject({ code: 0, out: 'No channels.\n' });
    const other = await client('other', {})('list');
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining('UNREACHABLE') });
    expect(other.err).toContain('self-signed certificate');
  });

  it('shows a renewed certificate without being started again', { timeout: 40_000 }, async () => {
    const port = Number(new URL(server.url).port);
    const shown = async () => {
      const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { fingerprint256 } = socket.getPeerX509Certificate() ?? {};
      socket.destroy();
      return fingerprint256;
    };
    expect(await shown()).toBe(one.fingerprint);
    await writeFile(files.TLS_KEY_FILE, two.key);
    await writeFile(files.TLS_CERT_FILE, two.cert);
    await vi.waitFor(async () => expect(await shown()).toBe(two.fingerprint), SOON);
  });
});

it('a server whose certificate and key do not fit does not start, and says why in one line', async () => {
  const key = shop.file('other.key');
  await writeFile(key, two.key);
  const cert = shop.file('made-one.pem');
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], ...testEnv(shop.file('data')), TLS_CERT_FILE: cert, TLS_KEY_FILE: key },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect(said).toBe(
    `TLS_KEY_FILE ${key} is not the key of the first certificate in TLS_CERT_FILE ${cert}.\n`,
  );
  expect(child.exitCode).toBe(1);
});

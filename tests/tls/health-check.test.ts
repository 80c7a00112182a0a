import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../project/temp.ts';
import { workshop } from './support/certificates.ts';

/** What the container engine runs, as the Dockerfile has it. */
function healthCheck(): readonly string[] {
  const file = readFileSync(`${ROOT}/deploy/docker/Dockerfile`, 'utf8');
  const command = /^HEALTHCHECK (?:.*\\\n)*\s*CMD (\[.*\])$/m.exec(file)?.[1] ?? '';
  return JSON.parse(command) as string[];
}

/** Runs it as in a container whose server stands on this port. @returns its exit code */
async function run(env: NodeJS.ProcessEnv): Promise<number> {
  const [, ...args] = healthCheck();
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  return code as number;
}

describe('the health check of the image', () => {
  it.each([
    [200, 0],
    [503, 1],
  ])('ends as the server answers, %i: %i, with TLS and without', async (status, code) => {
    await using shop = await workshop();
    const { cert, key } = await shop.make('one');
    const answer: RequestListener = ({ url }, response) =>
      void response.writeHead(url === '/ready' ? status : 404).end();
    const [plain, secure] = [createServer(answer), createSecureServer({ cert, key }, answer)];
    for (const server of [plain, secure]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const PORT = String((server.address() as AddressInfo).port);
      expect(await run({ PORT, ...(server === secure && { TLS_CERT_FILE: '/c.pem' }) })).toBe(code);
      server.close();
      await once(server, 'close');
      expect(await run({ PORT })).toBe(1);
    }
  });
});

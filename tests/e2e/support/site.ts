import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

const FIXTURES = path.join(import.meta.dirname, '../fixtures');
const read = (name: string) => readFileSync(path.join(FIXTURES, name), 'utf8');
const LEAF = read('site.pem');

/** The root that vouches for site.test, and nobody else knows. */
export const ROOT = read('root.pem');

/** What the site shows: its own certificate, then the root. */
export const CHAIN = [LEAF, ROOT].map((pem) => new X509Certificate(pem));

/** https://site.test on this machine. */
export interface Site extends AsyncDisposable {
  readonly port: number;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
}

/** Serves one page for every path, or what a listener makes of each request. */
export async function startSite(page: string | RequestListener): Promise<Site> {
  const asked: string[] = [];
  const server = createServer({ cert: LEAF + ROOT, key: LEAF }, (request, response) => {
    asked.push(request.url ?? '');
    if (typeof page === 'function') page(request, response);
    else response.setHeader('content-type', 'application/json').end(page);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

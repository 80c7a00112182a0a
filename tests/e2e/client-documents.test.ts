import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Resolver } from '../../control-plane/src/egress/resolve.ts';
import { startTestServer } from '../support/server.ts';
import { RestClient } from './support/edges.ts';
import { ROOT, type Site, startSite } from './support/site.ts';

/** Every name leads to this machine: nothing that is fetched leaves it. */
const HERE: Resolver = { resolve: async () => ['127.0.0.1'] };
const parts = {
  resolver: HERE,
  allowAddress: (address: string) => address === '127.0.0.1',
  authorities: ROOT,
};
const CALLBACK = 'https://client.example/callback';

const startPublisher = (): Promise<Site> =>
  startSite((request, response) => {
    response.setHeader('content-type', 'application/json').end(
      JSON.stringify({
        client_id: `https://${request.headers.host}${request.url}`,
        redirect_uris: [CALLBACK],
        token_endpoint_auth_method: 'none',
      }),
    );
  });

async function metadataOf(url: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`${url}/.well-known/oauth-authorization-server`);
  return (await answer.json()) as Record<string, unknown>;
}

function authorize(endpoint: unknown, clientId: string, verifier: string): Promise<Response> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: CALLBACK,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  return fetch(`${String(endpoint)}?${query.toString()}`, { redirect: 'manual' });
}

describe('a whole server', () => {
  it('reads the document of a client, and gives it a token that works', async () => {
    await using site = await startPublisher();
    await using server = await startTestServer({}, parts);
    const metadata = await metadataOf(server.url);
    expect(metadata['client_id_metadata_document_supported']).toBe(true);
    const clientId = `https://site.test:${site.port}/client.json`;
    const verifier = randomBytes(32).toString('base64url');
    const answer = await authorize(metadata['authorization_endpoint'], clientId, verifier);
    expect(answer.status).toBe(302);
    const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const exchange = await fetch(String(metadata['token_endpoint']), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: clientId,
        redirect_uri: CALLBACK,
        code,
        code_verifier: verifier,
      }),
    });
    const { access_token } = (await exchange.json()) as { access_token: string };
    await using client = new RestClient(server.url, access_token);
    expect((await client.call('list_channels', {})).channels).toEqual([]);
    expect(site.asked).toEqual(['/client.json']);
  });

  it('fetches nothing where the operator turned it off', async () => {
    await using site = await startPublisher();
    await using server = await startTestServer({ CLIENT_DOCUMENTS: 'false' }, parts);
    const metadata = await metadataOf(server.url);
    expect(metadata).not.toHaveProperty('client_id_metadata_document_supported');
    const clientId = `https://site.test:${site.port}/client.json`;
    const answer = await authorize(metadata['authorization_endpoint'], clientId, 'verifier');
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('not registered here');
    expect(site.asked).toEqual([]);
  });
});

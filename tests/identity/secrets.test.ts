import { describe, expect, it } from 'vitest';
import { CodedError } from '../../control-plane/src/kernel/errors.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { TestServer } from './support/server.ts';
import { connect, exchangeOf, refresh } from './support/session.ts';

describe('secrets', () => {
  it('are neither stored nor logged, whatever happens to them', async () => {
    await using server = new TestServer();
    const { clientId, code, verifier, tokens } = await connect(server);
    const registered = (await server.register({})).json();
    const rotated = (await refresh(server, clientId, tokens.refresh_token)).json();
    await server.call(tokens.access_token);
    await server.form(
      '/token',
      { grant_type: 'client_credentials' },
      `${registered.client_id}:${registered.client_secret}`,
    );
    const basic = Buffer.from(`${registered.client_id}:${registered.client_secret}`).toString('base64');
    const secrets = [
      code,
      verifier,
      ...Object.values(tokens),
      ...Object.values(rotated),
      registered.client_secret,
    ]
      .concat(registered.access_token, basic)
      .filter((value): value is string => typeof value === 'string' && value.length > 20);
    expect(secrets).toHaveLength(9);
    // At last fail on purpose: with a code used twice, and a token that is too much for the guard.
    await server.form('/token', exchangeOf(clientId, code, verifier));
    await server.call(tokens.access_token);
    expect(server.log.length).toBeGreaterThan(10);
    for (const text of [server.records.dump(), server.log.join('')]) {
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    }
  });
});

/** Records that are away, in one way or another. */
class BrokenRecords extends MemoryRecords {
  failure: Error | undefined;
  override async get(kind: string, key: string, now: number) {
    if (this.failure) throw this.failure;
    return super.get(kind, key, now);
  }
}

describe('a store that fails', () => {
  it.each([
    ['is away', new CodedError('STORE_UNAVAILABLE'), 503, 'temporarily_unavailable'],
    ['throws what nobody expected', new Error('secret detail'), 500, 'server_error'],
  ])('because it %s gives an OAuth error that tells nothing', async (_how, failure, status, error) => {
    const records = new BrokenRecords();
    await using server = new TestServer({ records });
    const { clientId, tokens } = await connect(server);
    records.failure = failure;
    const answers = [
      await refresh(server, clientId, tokens.refresh_token),
      await server.form('/revoke', { client_id: clientId, token: tokens.refresh_token }),
    ];
    for (const answer of answers) {
      expect(answer.statusCode).toBe(status);
      expect(answer.json()).toEqual({ error, error_description: expect.not.stringContaining('secret') });
    }
    const page = await server.authorize({ client_id: clientId });
    expect(page.statusCode).toBe(status);
    expect(page.body).not.toContain('secret');
    records.failure = undefined;
    expect((await refresh(server, clientId, tokens.refresh_token)).statusCode).toBe(200);
  });
});

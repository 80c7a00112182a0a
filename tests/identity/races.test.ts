import { describe, expect, it } from 'vitest';
import type { IdentityRecord } from '../../control-plane/src/identity/records.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { TestServer } from './support/server.ts';
import { connect, refresh } from './support/session.ts';

/** Records in which somebody else is faster: `before` runs once, ahead of the next call that it names. */
class ContestedRecords extends MemoryRecords {
  before: { readonly replace?: () => Promise<void>; readonly afterGet?: () => Promise<void> } = {};

  override async replace(expected: IdentityRecord, next: IdentityRecord): Promise<boolean> {
    const { replace } = this.before;
    this.before = {};
    await replace?.();
    return super.replace(expected, next);
  }

  override async get(kind: string, key: string, now: number): Promise<IdentityRecord | undefined> {
    const found = await super.get(kind, key, now);
    const { afterGet } = this.before;
    if (kind === 'access' && afterGet) {
      this.before = {};
      await afterGet();
    }
    return found;
  }
}

describe('a refresh token that is spent by two processes', () => {
  it('answers the slower one too', async () => {
    const records = new ContestedRecords();
    await using server = new TestServer({ records });
    await using other = new TestServer({ records });
    const { clientId, tokens } = await connect(server);
    let faster: number | undefined;
    records.before = {
      replace: async () => {
        faster = (await refresh(other, clientId, tokens.refresh_token)).statusCode;
      },
    };
    expect((await refresh(server, clientId, tokens.refresh_token)).statusCode).toBe(200);
    expect(faster).toBe(200);
  });

  it('is refused to the slower one when the faster one revoked it', async () => {
    const records = new ContestedRecords();
    await using server = new TestServer({ records });
    await using other = new TestServer({ records });
    const { clientId, tokens } = await connect(server);
    const revocation = { client_id: clientId, token: tokens.refresh_token };
    records.before = { replace: async () => void (await other.form('/revoke', revocation)) };
    const answer = await refresh(server, clientId, tokens.refresh_token);
    expect(answer.json()).toMatchObject({ error: 'invalid_grant' });
    expect(records.count('refresh')).toBe(0);
    expect(await server.accountOf(tokens.access_token)).toBeUndefined();
  });
});

describe('a token that is revoked while it is looked up', () => {
  it('is not remembered as good', async () => {
    const records = new ContestedRecords();
    await using server = new TestServer({ records });
    const { clientId, tokens } = await connect(server);
    const revocation = { client_id: clientId, token: tokens.access_token };
    records.before = { afterGet: async () => void (await server.form('/revoke', revocation)) };
    await server.call(tokens.access_token);
    expect(records.before).toEqual({});
    expect((await server.call(tokens.access_token)).statusCode).toBe(401);
  });
});

describe('a token that another process revoked', () => {
  it('is good here for at most five seconds more', async () => {
    const records = new MemoryRecords();
    await using server = new TestServer({ records });
    await using other = new TestServer({ records });
    const { clientId, tokens } = await connect(server);
    expect((await server.call(tokens.access_token)).statusCode).toBe(200);
    await other.form('/revoke', { client_id: clientId, token: tokens.access_token });
    server.clock.forward(5);
    expect((await server.call(tokens.access_token)).statusCode).toBe(401);
  });
});

import { expect, test } from 'vitest';
import { Authenticator } from '../../control-plane/src/identity/authenticator.ts';
import { Tokens } from '../../control-plane/src/identity/tokens.ts';
import { ManualClock } from '../support/manual-time.ts';
import { MemoryRecords } from '../support/memory-records.ts';

/** Records whose readings the test lets end. */
class HeldRecords extends MemoryRecords {
  readonly gates: PromiseWithResolvers<void>[] = [];

  override async get(kind: string, key: string, now: number) {
    const gate = Promise.withResolvers<void>();
    this.gates.push(gate);
    const found = await super.get(kind, key, now);
    await gate.promise;
    return found;
  }
}

async function open() {
  const records = new HeldRecords();
  const clock = new ManualClock();
  const tokens = new Tokens(records, clock);
  const token = await tokens.issueAccess(
    { account: 'acc_a', client_id: 'client_a', scopes: ['mcp'] },
    'grt_a',
  );
  return {
    gates: records.gates,
    tokens,
    token,
    authenticator: new Authenticator(tokens, clock, 'http://localhost', async () => true),
  };
}

test('a token that comes on many connections at once is looked up once', async () => {
  const { authenticator, gates, token } = await open();
  const calls = Array.from({ length: 100 }, () => authenticator.authenticate(token));
  expect(gates).toHaveLength(1);
  gates[0]?.resolve();
  const callers = await Promise.all(calls);
  expect(new Set(callers.map((caller) => caller?.account))).toEqual(new Set(['acc_a']));
});

test('a look-up from before a revocation is neither shared nor remembered after it', async () => {
  const { authenticator, gates, token, tokens } = await open();
  const before = authenticator.authenticate(token);
  await tokens.removeAccess(token);
  authenticator.forget();
  const after = authenticator.authenticate(token);
  expect(gates).toHaveLength(2);
  gates[1]?.resolve();
  expect(await after).toBeUndefined();
  gates[0]?.resolve();
  expect((await before)?.account).toBe('acc_a');
  const later = authenticator.authenticate(token);
  gates[2]?.resolve();
  expect(await later).toBeUndefined();
});

test('a look-up that fails is not kept: the next call asks again', async () => {
  const { authenticator, gates, token } = await open();
  const failing = authenticator.authenticate(token);
  gates[0]?.reject(new Error('The store is away.'));
  await expect(failing).rejects.toThrow('away');
  const next = authenticator.authenticate(token);
  gates[1]?.resolve();
  expect((await next)?.account).toBe('acc_a');
});

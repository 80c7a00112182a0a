import { describe, expect, it } from 'vitest';
import { Passwords } from '../../control-plane/src/accounts/passwords.ts';

/** A pin: what a thief of the store has to work against. */
const FORM = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/;

/** Made of "password" and "somesalt" by the reference implementation. */
const REFERENCE = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

describe('a password', () => {
  it('is kept as Argon2id, salted anew each time, and recognised', async () => {
    const passwords = new Passwords();
    const [one, other] = [await passwords.hash('correct horse'), await passwords.hash('correct horse')];
    expect(one).toMatch(FORM);
    expect(other).toMatch(FORM);
    expect(one).not.toBe(other);
    expect(await passwords.verify(one, 'correct horse')).toBe(true);
    expect(await passwords.verify(one, 'correct horse ')).toBe(false);
    expect(await passwords.verify(one, 'Correct horse')).toBe(false);
  });

  it('is recognised under other parameters than those of today', async () => {
    const passwords = new Passwords();
    expect(await passwords.verify(REFERENCE, 'password')).toBe(true);
    expect(await passwords.verify(REFERENCE, 'differentpassword')).toBe(false);
  });

  it('is the same composed and decomposed', async () => {
    const passwords = new Passwords();
    expect(await passwords.verify(await passwords.hash('caf\u00e9 au lait'), 'cafe\u0301 au lait')).toBe(
      true,
    );
  });

  it('is never right where there is no account', async () => {
    expect(await new Passwords().verify(undefined, 'correct horse')).toBe(false);
  });

  it('of many marks that would have to be put in order takes no longer than another', async () => {
    const passwords = new Passwords();
    const marks = `a${'\u0315'.repeat(20_000)}${'\u0300'.repeat(20_000)}`;
    const verified = passwords.verify(await passwords.hash(marks.slice(0, 1_000)), marks);
    // What is done before the answer is awaited keeps everybody waiting: in full it takes seconds.
    const before = performance.now();
    const again = passwords.verify(undefined, marks);
    expect(performance.now() - before).toBeLessThan(200);
    expect(await again).toBe(false);
    expect(await verified).toBe(false);
  });

  it('waits for its turn, and not with more than thirty-two others', async () => {
    const passwords = new Passwords();
    const hash = await passwords.hash('correct horse');
    const all = Array.from({ length: 60 }, () => passwords.verify(hash, 'correct horse'));
    const results = await Promise.allSettled(all);
    const right = results.filter((result) => result.status === 'fulfilled');
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(right).toHaveLength(34);
    expect(refused).toHaveLength(26);
    expect(refused[0]).toMatchObject({ reason: 'busy', retryAfterS: 3 });
    expect(await passwords.verify(hash, 'correct horse')).toBe(true);
  });
});

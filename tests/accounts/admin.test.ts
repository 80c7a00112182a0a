import { describe, expect, it } from 'vitest';
import { AdminError, runAdmin } from '../../control-plane/src/accounts/admin.ts';
import { House, PASSWORD } from './support/house.ts';

const NO_AGENTS = { end: async () => {}, endOf: async () => 0 };
const run = (house: House, ...words: string[]) => runAdmin({ ...house.people, agents: NO_AGENTS }, words);

describe('an operator', () => {
  it('makes a code, sees it, and sees who came by it', async () => {
    await using house = new House();
    expect(await run(house, 'accounts')).toBe('Nobody has an account yet: make an access code.');
    const [code = ''] = (
      await run(house, 'access-code', '--uses', '2', '--days', '3', '--note', 'for us')
    ).split('\n');
    expect(await run(house, 'codes')).toMatch(/^[0-9a-f]{12} {2}2 left, until 2026-11-24 {2}for us$/);
    const guest = house.guest();
    await guest.get('/signin');
    await guest.submit('/signup', { access_code: code, name: 'ada', password: PASSWORD });
    expect(await run(house, 'accounts')).toMatch(/^acc_\w{26} {2}ada {2}since 2026-11-21$/);
    expect(await run(house, 'codes')).toContain('1 left');
    house.clock.forward(3 * 24 * 3_600_000);
    expect(await run(house, 'codes')).toBe('There is none.');
  });

  it('ends a code', async () => {
    await using house = new House();
    const code = await house.code();
    const [id = ''] = (await run(house, 'codes')).split(' ');
    expect(await run(house, 'revoke-code', id)).toBe('The code has ended.');
    expect(await house.people.codes.isValid(code)).toBe(false);
    await expect(run(house, 'revoke-code', id)).rejects.toThrow('There is no such code');
  });

  it('bans an account: browsers, tokens, clients and sign-ins end at once; after unban it may come back', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    const tokens = await house.connect(ada);
    await ada.get('/account');
    const made = await ada.submit('/account/clients', { name: 'script' });
    const [, id = ''] = /client_id <code>([^<]+)/.exec(made.text) ?? [];
    const [, secret = ''] = /client_secret <code>([^<]+)/.exec(made.text) ?? [];
    const credentials = () => house.form('/token', { grant_type: 'client_credentials' }, `${id}:${secret}`);
    const script: string = (await credentials()).json().access_token;
    expect([await house.call(tokens.access_token), await house.call(script)]).toEqual([200, 200]);

    expect(await run(house, 'ban', 'Ada')).toContain('ada is banned.');
    expect([await house.call(tokens.access_token), await house.call(script)]).toEqual([401, 401]);
    expect((await credentials()).statusCode).toBe(401);
    await ada.get('/account');
    const refused = await ada.submit('/signin', { name: 'ada', password: PASSWORD });
    expect(refused).toMatchObject({ status: 403 });
    expect(refused.text).toContain('This account is closed.');
    expect((await ada.submit('/signin', { name: 'ada', password: 'wrong' })).text).not.toContain('closed');
    expect(await run(house, 'accounts')).toContain('(banned)');

    await run(house, 'unban', 'ada');
    expect((await ada.submit('/signin', { name: 'ada', password: PASSWORD })).status).toBe(303);
    expect(await house.call(tokens.access_token)).toBe(401);
  });

  it('bans an account while its clients exchange codes: nothing that acts for it is left', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    const exchanges: (() => ReturnType<House['form']>)[] = [];
    for (let n = 0; n < 4; n++) exchanges.push(await house.agreed(ada));
    const [first] = await Promise.all([exchanges[0]?.(), run(house, 'ban', 'ada')]);
    const answers = [first, ...(await Promise.all(exchanges.slice(1).map((exchange) => exchange())))];
    house.clock.forward(5_001);
    for (const answer of answers) {
      const { access_token = 'none' } = answer?.json() ?? {};
      expect(await house.call(access_token)).toBe(401);
    }
    expect(answers.slice(1).map((answer) => answer?.statusCode)).toEqual([400, 400, 400]);
  });

  it('deletes an account, whose name and sign-in are free again and whose records are gone', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    const tokens = await house.connect(ada);
    const [before] = await house.people.accounts.list();
    expect(await run(house, 'delete', 'ada')).toContain('ada is gone.');
    expect(await house.call(tokens.access_token)).toBe(401);
    expect(house.records.dump()).not.toContain(before?.id);
    await house.member('ada');
    const [after] = await house.people.accounts.list();
    expect(after?.id).not.toBe(before?.id);
  });

  it('sees and ends one connection of an account', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    const tokens = await house.connect(ada, await house.client({ client_name: 'Some\u001b[31m client' }));
    const shown = await run(house, 'show', 'ada');
    expect(shown).toContain('Some[31m client  client.example  since 2026-11-21');
    const [, id = ''] = /(grant_\w+)/.exec(shown) ?? [];
    expect(await run(house, 'disconnect', 'ada', id)).toBe('It is disconnected.');
    expect(await house.call(tokens.access_token)).toBe(401);
    expect(await run(house, 'show', 'ada')).toContain('nothing is connected');
  });

  it('gives a new password to who lost theirs', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    const [password = ''] = (await run(house, 'new-password', 'ada')).split('\n');
    await ada.get('/account');
    expect((await ada.submit('/signin', { name: 'ada', password: PASSWORD })).status).toBe(403);
    expect((await ada.submit('/signin', { name: 'ada', password })).status).toBe(303);
  });

  it('means by an id the account that has it, whatever another is called', async () => {
    await using house = new House();
    await house.member('mallory');
    const [mallory] = await house.people.accounts.list();
    await house.member(mallory?.id ?? '');
    expect(await run(house, 'ban', mallory?.id ?? '')).toContain('mallory is banned.');
  });

  it('is asked which one, where somebody is called the same elsewhere', async () => {
    await using house = new House();
    await house.member('ada');
    const other = await house.people.accounts.create({ name: 'Ada', login: 'elsewhere:x' });
    await expect(run(house, 'ban', 'ada')).rejects.toThrow(`${other?.id}  Ada`);
    expect(await run(house, 'accounts')).not.toContain('banned');
    expect(await run(house, 'ban', other?.id ?? '')).toContain('Ada is banned.');
  });

  it.each([
    [[], 'Usage: npm run admin'],
    [['constructor'], 'Usage: npm run admin'],
    [['ban'], 'Usage: npm run admin'],
    [['delete', 'ada', '--dry-run'], 'Usage: npm run admin'],
    [['accounts', 'ada'], 'Usage: npm run admin'],
    [['ban', 'nobody'], 'There is no such account'],
    [['access-code', '--uses', '0'], '--uses is a number from 1 to 10000.'],
    [['access-code', '--weeks', '1'], "Unknown option '--weeks'"],
    [['revoke-code'], 'There is no such code'],
    [['disconnect', 'ada', 'x'], 'There is no such connection'],
  ])('is told what is wrong with %j, and nothing happens', async (words, says) => {
    await using house = new House();
    await house.member('ada');
    const before = house.records.dump();
    await expect(run(house, ...words)).rejects.toThrow(says);
    await expect(run(house, ...words)).rejects.toBeInstanceOf(AdminError);
    expect(house.records.dump()).toBe(before);
  });
});

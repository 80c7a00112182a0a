import { describe, expect, it } from 'vitest';
import type { Guest } from './support/guest.ts';
import { House } from './support/house.ts';

/** The id in the first form that goes there. */
const firstId = (guest: Guest, action: string) => guest.hiddenFields(action)['id'] ?? '';

describe('on the account page a person', () => {
  it('sees the clients that act for them, and ends one of them', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    const kept = await house.connect(ada, await house.client({ client_name: 'Kept' }));
    const { text } = await ada.get('/account');
    expect(text).toContain('<bdi>Kept</bdi>');
    expect(text).toContain('client.example, since 2026-11-21');
    await ada.submit('/account/disconnect', {});
    expect(ada.shown.text).toContain('The client is disconnected.');
    expect(ada.shown.text).not.toContain('<bdi>Kept</bdi>');
    expect(await house.call(kept.access_token)).toBe(401);
    const again = await house.form('/token', {
      grant_type: 'refresh_token',
      refresh_token: kept.refresh_token,
    });
    expect(again.statusCode).not.toBe(200);
  });

  it('ends none that acts for somebody else', async () => {
    await using house = new House();
    const bob = await house.member('bob');
    const theirs = await house.connect(bob);
    await bob.get('/account');
    const id = firstId(bob, '/account/disconnect');
    const ada = await house.member('ada');
    await house.connect(ada);
    await ada.get('/account');
    await ada.submit('/account/disconnect', { id });
    expect(ada.shown.text).toContain('There is no such connection any more.');
    expect(await house.call(theirs.access_token)).toBe(200);
  });

  it('makes a client for scripts, whose secret is shown once and which acts for them', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    const connected = await house.connect(ada);
    await ada.get('/account');
    const made = await ada.submit('/account/clients', { name: 'nightly <i>' });
    expect(made.text).toContain('<bdi>nightly &lt;i&gt;</bdi>');
    const [, id = ''] = /client_id <code>([^<]+)/.exec(made.text) ?? [];
    const [, secret = ''] = /client_secret <code>([^<]+)/.exec(made.text) ?? [];
    expect((await ada.get('/account')).text).not.toContain(secret);
    const token = await house.form('/token', { grant_type: 'client_credentials' }, `${id}:${secret}`);
    expect(token.statusCode).toBe(200);
    const bearer: string = token.json().access_token;
    expect(await house.accountOf(bearer)).toBe(await house.accountOf(connected.access_token));

    await ada.submit('/account/clients/remove', {});
    expect(ada.shown.text).toContain('The client is removed.');
    expect(await house.call(bearer)).toBe(401);
    const after = await house.form('/token', { grant_type: 'client_credentials' }, `${id}:${secret}`);
    expect(after.json().error).toBe('invalid_client');
  });

  it('removes no client of somebody else, and none that connected by itself', async () => {
    await using house = new House();
    const bob = await house.member('bob');
    await bob.get('/account');
    await bob.submit('/account/clients', { name: 'bobs' });
    const theirs = firstId(bob, '/account/clients/remove');
    const registered = await house.client();
    const ada = await house.member('ada');
    await ada.get('/account');
    await ada.submit('/account/clients', { name: 'own' });
    for (const id of [theirs, registered]) {
      await ada.submit('/account/clients/remove', { id });
      expect(ada.shown.text).toContain('There is no such client any more.');
    }
    expect(await house.people.identity.clientsOf((await bobOf(house)).id)).toHaveLength(1);
  });

  it('has at most fifty clients', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    await ada.get('/account');
    for (let n = 0; n < 51; n++) await ada.submit('/account/clients', { name: `n${n}` });
    expect(ada.shown.text).toContain('There are 50 clients already');
  });

  it.each([
    ['/account/disconnect', 'id=x'],
    ['/account/clients', 'name=x'],
    ['/account/clients/remove', 'id=x'],
    ['/account/password', 'current=x&next=y'],
    ['/signout', ''],
  ])('is not made to send %s by another site', async (path, body) => {
    await using house = new House();
    const ada = await house.member('ada');
    const tokens = await house.connect(ada);
    await ada.get('/account');
    const { form_token } = ada.hiddenFields('/signout');
    const without = await ada.post(path, body);
    const foreign = await ada.post(path, `${body}&form_token=${form_token}`, {
      'sec-fetch-site': 'cross-site',
    });
    expect([without.status, foreign.status]).toEqual([403, 403]);
    expect((await ada.get('/account')).text).toContain('Signed in as <strong>ada</strong>');
    expect(await house.call(tokens.access_token)).toBe(200);
  });

  it('reads it as data too, for a command line', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    await house.connect(ada, await house.client({ client_name: 'Some client' }));
    const answer = await ada.get('/account', { accept: 'application/json' });
    const { connections } = JSON.parse(answer.text);
    expect(connections).toEqual([
      {
        id: expect.stringMatching(/^grant_/),
        client_id: expect.stringMatching(/^client_/),
        client_name: 'Some client',
        destination: 'client.example',
        agreed_at: house.clock.now(),
      },
    ]);
    expect((await house.guest().get('/account', { accept: 'application/json' })).status).toBe(401);
  });
});

async function bobOf(house: House) {
  const bob = (await house.people.accounts.list()).find(({ name }) => name === 'bob');
  if (!bob) throw new Error('There is no bob.');
  return bob;
}

describe('a client that connected', () => {
  it('goes on by its refresh token for as long as it is used, and is asked for again after that', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    const client = await house.client();
    let { refresh_token } = await house.connect(ada, client);
    const refresh = () =>
      house.form('/token', { grant_type: 'refresh_token', client_id: client, refresh_token });
    for (let month = 0; month < 3; month++) {
      house.clock.forward(29 * 24 * 3_600_000);
      const answer = await refresh();
      expect(answer.statusCode).toBe(200);
      refresh_token = answer.json().refresh_token;
    }
    house.clock.forward(31 * 24 * 3_600_000);
    expect((await refresh()).json().error).toBe('invalid_grant');
  });
});

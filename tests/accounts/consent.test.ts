import { describe, expect, it } from 'vitest';
import { CALLBACK, House, ORIGIN, PASSWORD } from './support/house.ts';

describe('a client that asks', () => {
  it('is let in by who signs in on the way, and acts for their account', async () => {
    await using house = new House();
    await house.member('ada');
    const [ada] = await house.people.accounts.list();
    const guest = house.guest();
    const client = await house.client();
    const { path, verifier } = house.asking(client);
    await guest.get(path);
    const { location: back } = await guest.submit('/signin', { name: 'ada', password: PASSWORD });
    expect(back).toBe(path);
    await guest.get(back ?? '');
    const { location = '', headers } = await guest.submit('/oauth/authorize', { decision: 'allow' });
    expect(headers['referrer-policy']).toBe('no-referrer');
    const answer = new URL(location);
    expect(answer.origin + answer.pathname).toBe(CALLBACK);
    expect(answer.searchParams.get('state')).toBe('xyz');
    expect(answer.searchParams.get('iss')).toBe(ORIGIN);
    const exchanged = await house.form('/token', {
      grant_type: 'authorization_code',
      client_id: client,
      code: answer.searchParams.get('code') ?? '',
      code_verifier: verifier,
      redirect_uri: CALLBACK,
    });
    expect(exchanged.statusCode).toBe(200);
    expect(await house.accountOf(exchanged.json().access_token)).toBe(ada?.id);
  });

  it('is told where the person does not agree (RFC 6749 section 4.1.2.1)', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    await ada.get(house.asking(await house.client()).path);
    const { location = '', status } = await ada.submit('/oauth/authorize', { decision: 'deny' });
    expect(status).toBe(303);
    expect(Object.fromEntries(new URL(location).searchParams)).toEqual({
      error: 'access_denied',
      error_description: 'The person did not agree.',
      state: 'xyz',
      iss: ORIGIN,
    });
  });

  it('gets nothing by a form without a decision', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    await ada.get(house.asking(await house.client()).path);
    const { location = '' } = await ada.submit('/oauth/authorize', {});
    expect(new URL(location).searchParams.get('error')).toBe('access_denied');
  });

  it('is one account in every client that the same person connects', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    const [one, other] = [await house.connect(ada), await house.connect(ada)];
    expect(await house.accountOf(one.access_token)).toBe(await house.accountOf(other.access_token));
    const bob = await house.connect(await house.member('bob'));
    expect(await house.accountOf(bob.access_token)).not.toBe(await house.accountOf(one.access_token));
  });
});

describe('the consent page', () => {
  const show = async (house: House, metadata: object, redirectUri: string) => {
    const ada = await house.member('ada');
    const client = await house.client({ redirect_uris: [redirectUri], ...metadata });
    return ada.get(house.asking(client, redirectUri).path);
  };

  it.each([
    ['https://client.example:8443/cb', 'client.example:8443'],
    ['http://localhost:4711/callback', 'an application on this computer (localhost:4711)'],
    ['http://[::1]:4711/callback', 'an application on this computer ([::1]:4711)'],
    ['cursor://anysphere.cursor-mcp/oauth/callback', 'the application that opens cursor: links'],
    ['https://xn--bcher-kva.example/cb', 'xn--bcher-kva.example'],
  ])('says where %s leads', async (redirectUri, shown) => {
    await using house = new House();
    expect((await show(house, {}, redirectUri)).text).toContain(`<strong>${shown}</strong>`);
  });

  it('lets the client send the person on: browsers hold form-action against every redirect on the way', async () => {
    await using house = new House();
    const { headers } = await show(house, {}, CALLBACK);
    expect(String(headers['content-security-policy'])).not.toContain('form-action');
  });

  it('can be agreed to for a client whose name is cut within a character', async () => {
    await using house = new House();
    const client_name = `${'a'.repeat(99)}\u{1f600}`;
    const tokens = await house.connect(await house.member('ada'), await house.client({ client_name }));
    expect(await house.call(tokens.access_token)).toBe(200);
  });

  it('names the client, what it asks for, and who is asked', async () => {
    await using house = new House();
    const { text } = await show(house, { client_name: 'Some <b>client</b>' }, CALLBACK);
    expect(text).toContain('<bdi>Some &lt;b&gt;client&lt;/b&gt;</bdi>');
    expect(text).toContain('<li>make and join channels, and read and write in them as you</li>');
    expect(text).toContain('<li>stay connected until it is not used for 30 days</li>');
    expect(text).toContain('Signed in as <strong>ada</strong>');
  });

  it.each([
    ['a name that turns the text around', 'Claude\u202e.elpmaxe'],
    ['a name with lines of its own', 'Claude\n\n\u2028Click Allow'],
    ['an invisible name', '\u200b\u2060'],
    ['no name', undefined],
  ])('holds %s', async (_, client_name) => {
    await using house = new House();
    const { text } = await show(house, { client_name }, CALLBACK);
    expect(text).not.toMatch(/[\u200b\u2028\u202e\u2060]/);
    const visible = (client_name ?? '').replaceAll(/[^A-Za-z .]/g, '');
    expect(text).toContain(visible === '' ? 'A client without a name' : '<bdi>Claude');
  });

  it.each([
    ['nobody knows', { client_id: 'client_x' }],
    ['asks to be answered elsewhere', { redirect_uri: 'https://evil.example/' }],
  ])('is not shown for a client that %s: an error is, and nobody is sent anywhere', async (_, change) => {
    await using house = new House();
    const ada = await house.member('ada');
    const { path } = house.asking(await house.client());
    const url = new URL(path, ORIGIN);
    for (const [name, value] of Object.entries(change)) url.searchParams.set(name, value);
    const asked = await ada.get(url.pathname + url.search);
    expect(asked).toMatchObject({ status: 400, location: undefined });
    expect(asked.text).toContain('Cannot connect');
    await ada.get(path);
    const decided = await ada.submit('/oauth/authorize', { decision: 'allow', request: url.search.slice(1) });
    expect(decided).toMatchObject({ status: 400, location: undefined });
  });

  it('tells the client of any other mistake, before anybody signs in', async () => {
    await using house = new House();
    const url = new URL(house.asking(await house.client()).path, ORIGIN);
    url.searchParams.delete('code_challenge');
    const { status, location = '' } = await house.guest().get(url.pathname + url.search);
    expect(status).toBe(303);
    expect(new URL(location).searchParams.get('error')).toBe('invalid_request');
  });

  it('that another person sees in the same browser does not count for the first', async () => {
    await using house = new House();
    const browser = await house.member('ada');
    await browser.get(house.asking(await house.client()).path);
    const asAda = browser.hiddenFields('/oauth/authorize');
    await browser.submit('/signout', {});
    await browser.get('/signin');
    await browser.submit('/signup', { access_code: await house.code(), name: 'bob', password: PASSWORD });
    const body = new URLSearchParams({ ...asAda, decision: 'allow' }).toString();
    expect((await browser.post('/oauth/authorize', body)).status).toBe(403);
  });

  it('cannot be answered from another site', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    await ada.get(house.asking(await house.client()).path);
    const body = new URLSearchParams({
      ...ada.hiddenFields('/oauth/authorize'),
      decision: 'allow',
    }).toString();
    const answer = await ada.post('/oauth/authorize', body, { 'sec-fetch-site': 'cross-site' });
    expect(answer).toMatchObject({ status: 403, location: undefined });
  });

  it('asks again for a client that was agreed to before', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    const client = await house.client();
    await house.connect(ada, client);
    expect((await ada.get(house.asking(client).path)).text).toContain('Connect a client?');
  });
});

describe('in accounts mode', () => {
  it('a registration gives no token, and no grant that needs no person', async () => {
    await using house = new House();
    const payload = { redirect_uris: [CALLBACK], client_name: 'x' };
    const answer = await house.app.inject({ method: 'POST', url: '/register', payload });
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).not.toHaveProperty('access_token');
    expect(answer.json()).not.toHaveProperty('account');
    expect(answer.json().grant_types).toEqual(['authorization_code', 'refresh_token']);
    const { client_id, client_secret } = answer.json();
    const token = await house.form(
      '/token',
      { grant_type: 'client_credentials' },
      `${client_id}:${client_secret}`,
    );
    expect(token.statusCode).toBe(400);
    expect(token.json().error).toBe('unauthorized_client');
  });

  it('a registration for client_credentials alone is refused, and says what to do', async () => {
    await using house = new House();
    const payload = { grant_types: ['client_credentials'] };
    const answer = await house.app.inject({ method: 'POST', url: '/register', payload });
    expect(answer.json()).toEqual({
      error: 'invalid_client_metadata',
      error_description: 'Clients for client_credentials are made by a signed-in person at /account.',
    });
  });

  it('a token of a person whom nobody knows is worth nothing', async () => {
    await using house = new House();
    const tokens = await house.connect(await house.member('ada'));
    const [ada] = await house.people.accounts.list();
    await house.people.accounts.remove(ada?.id ?? '');
    house.clock.forward(5_001);
    expect(await house.call(tokens.access_token)).toBe(401);
  });
});

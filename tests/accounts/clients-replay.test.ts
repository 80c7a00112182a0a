import { describe, expect, it } from 'vitest';
import { authorizationQuery, CLIENTS, STATE } from '../identity/support/replayed-clients.ts';
import { pkce } from '../identity/support/server.ts';
import { House, PASSWORD } from './support/house.ts';

describe.each(CLIENTS)('$name', (client) => {
  it('is let in by a person who makes an account on the way, refreshes, and is asked again after a ban', async () => {
    await using house = new House({ PUBLIC_URL: client.publicUrl });
    const { host, origin } = new URL(client.url);
    const registered = await house.app.inject({
      method: 'POST',
      url: '/register',
      payload: client.registration,
    });
    expect(registered.statusCode).toBe(201);
    expect(Object.values(registered.json())).not.toContain(null);
    const { client_id, client_secret } = registered.json();

    const { verifier, challenge } = pkce();
    const person = house.guest();
    const request = `/oauth/authorize?${authorizationQuery(client, client_id, challenge)}`;
    expect((await person.get(request, { host })).status).toBe(200);
    const account = { access_code: await house.code(), name: 'ada', password: PASSWORD };
    const entered = await person.submit('/signup', account, { host, origin });
    expect(entered).toMatchObject({ status: 303, location: request });
    const consent = await person.get(request, { host });
    expect(consent.text).toContain(`<bdi>${String(client.registration['client_name'])}</bdi>`);
    const { location = '' } = await person.submit(
      '/oauth/authorize',
      { decision: 'allow' },
      { host, origin },
    );
    expect(location.startsWith(`${client.redirectUri}?`)).toBe(true);
    const answer = new URL(location).searchParams;
    expect([answer.get('state'), answer.get('iss')]).toEqual([STATE, origin]);

    const send = async (fields: Record<string, string>) => {
      const credentials = { client_id, ...(client_secret === undefined ? {} : { client_secret }) };
      return house.form('/token', { ...credentials, resource: client.url, ...fields }, undefined, { host });
    };
    const exchanged = await send({
      grant_type: 'authorization_code',
      code: answer.get('code') ?? '',
      code_verifier: verifier,
      redirect_uri: client.redirectUri,
    });
    expect(exchanged.statusCode).toBe(200);
    const [ada] = await house.people.accounts.list();
    expect(await house.accountOf(exchanged.json().access_token)).toBe(ada?.id);
    const refresh = { grant_type: 'refresh_token', refresh_token: exchanged.json().refresh_token };
    const refreshed = await send(refresh);
    expect(refreshed.statusCode).toBe(200);
    expect((await send(refresh)).statusCode).toBe(200);

    await house.people.care.ban(ada?.id ?? '');
    expect(await house.call(refreshed.json().access_token)).toBe(401);
    expect((await send({ ...refresh, refresh_token: refreshed.json().refresh_token })).json().error).toBe(
      'invalid_grant',
    );
    expect((await person.get(request, { host })).text).toContain('action="/signin"');
  });
});

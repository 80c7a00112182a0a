import { describe, expect, it } from 'vitest';
import { type Guest, leadsTo } from './support/guest.ts';
import { House } from './support/house.ts';
import { type Fault, Provider } from './support/provider.ts';

/** Goes to the provider and comes back; what is shown then. */
async function goThere(provider: Provider, guest: Guest, from = '/signin') {
  await guest.get(from);
  const location = leadsTo(await guest.submit('/signin/elsewhere', {}));
  return guest.get(provider.authorize(location));
}

describe('a person whom a provider vouches for', () => {
  it('brings an access code the first time, and none after that', async () => {
    await using provider = await Provider.start();
    await using house = new House(provider.env);
    const ada = house.guest();
    expect((await goThere(provider, ada)).text).toContain(
      '<strong>ada</strong>, who has no account here yet',
    );
    expect((await ada.submit('/signup/elsewhere', { access_code: 'mcp_su_wrong' })).status).toBe(403);
    const entered = await ada.submit('/signup/elsewhere', { access_code: await house.code() });
    expect(entered).toMatchObject({ status: 303, location: '/account' });
    expect((await ada.get('/account')).text).not.toContain('action="/account/password"');

    const elsewhere = house.guest();
    expect(await goThere(provider, elsewhere)).toMatchObject({ status: 303, location: '/account' });
    expect(await house.people.accounts.list()).toHaveLength(1);
  });

  it('needs no code where the operator says so', async () => {
    await using provider = await Provider.start();
    await using house = new House({ ...provider.env, OIDC_SIGN_UP: 'open' });
    expect(await goThere(provider, house.guest())).toMatchObject({ status: 303, location: '/account' });
  });

  it('comes back to what a client asked for', async () => {
    await using provider = await Provider.start();
    await using house = new House({ ...provider.env, OIDC_SIGN_UP: 'open' });
    const guest = house.guest();
    const { path } = house.asking(await house.client());
    expect((await goThere(provider, guest, path)).location).toBe(path);
    expect((await guest.get(path)).text).toContain('Connect a client?');
  });

  it('is who the provider says by sub, not by a name that another may take', async () => {
    await using provider = await Provider.start();
    await using house = new House({ ...provider.env, OIDC_SIGN_UP: 'open' });
    await house.member('ada');
    await goThere(provider, house.guest());
    provider.person = { sub: 'person-2', preferred_username: 'ada' };
    await goThere(provider, house.guest());
    provider.person = { sub: 'person-1', preferred_username: 'ada.renamed' };
    await goThere(provider, house.guest());
    expect(await house.people.accounts.list()).toHaveLength(3);
  });

  it('leaves from a page of its own, which no form-action of the sign-in page holds back', async () => {
    await using provider = await Provider.start();
    await using house = new House(provider.env);
    const guest = house.guest();
    await guest.get('/signin');
    expect(String(guest.shown.headers['content-security-policy'])).toContain("form-action 'self'");
    const going = await guest.submit('/signin/elsewhere', {});
    expect(going).toMatchObject({ status: 200, location: undefined });
    expect(leadsTo(going)).toMatch(`${provider.issuer}/authorize?`);
  });

  it('may come back from two tabs, in any order, whatever a page sends to the callback meanwhile', async () => {
    await using provider = await Provider.start();
    await using house = new House({ ...provider.env, OIDC_SIGN_UP: 'open' });
    const guest = house.guest();
    await guest.get('/signin');
    const one = leadsTo(await guest.submit('/signin/elsewhere', {}));
    await guest.get('/signin');
    const other = leadsTo(await guest.submit('/signin/elsewhere', {}));
    expect((await guest.get('/signin/callback?code=x&state=y')).status).toBe(403);
    expect((await guest.get(provider.authorize(one))).status).toBe(303);
    expect((await guest.get(provider.authorize(other))).status).toBe(303);
  });

  it('may have a name that is cut within a character', async () => {
    await using provider = await Provider.start();
    await using house = new House({ ...provider.env, OIDC_SIGN_UP: 'open' });
    provider.person = { sub: 'person-1', preferred_username: `${'a'.repeat(99)}\u{1f600}\u{1f600}` };
    expect((await goThere(provider, house.guest())).status).toBe(303);
  });

  it('is no known browser for the name that they have elsewhere', async () => {
    await using provider = await Provider.start();
    await using house = new House({ ...provider.env, OIDC_SIGN_UP: 'open' });
    const ada = await house.member('ada');
    const other = house.guest();
    await goThere(provider, other);
    expect(other.cookies.get('__Host-mcpm_device')).toMatch(/^[0-9a-f]{64}$/);
    expect(other.cookies.get('__Host-mcpm_device')).not.toBe(ada.cookies.get('__Host-mcpm_device'));
  });

  it('is kept out after a ban', async () => {
    await using provider = await Provider.start();
    await using house = new House({ ...provider.env, OIDC_SIGN_UP: 'open' });
    const guest = house.guest();
    await goThere(provider, guest);
    const [account] = await house.people.accounts.list();
    await house.people.care.ban(account?.id ?? '');
    const { status, text } = await goThere(provider, house.guest());
    expect(status).toBe(403);
    expect(text).toContain('This account is closed.');
  });

  it('is asked for with PKCE, state and nonce', async () => {
    await using provider = await Provider.start();
    await using house = new House(provider.env);
    const guest = house.guest();
    await guest.get('/signin');
    const location = leadsTo(await guest.submit('/signin/elsewhere', {}));
    const asked = new URL(location).searchParams;
    expect(asked.get('code_challenge_method')).toBe('S256');
    expect(asked.get('redirect_uri')).toBe(`${house.origin}/signin/callback`);
    for (const name of ['code_challenge', 'state', 'nonce']) expect(asked.get(name)).toMatch(/^[\w-]{43}$/);
    await guest.get(provider.authorize(location));
    expect(provider.exchanges[0]?.get('code_verifier')).toMatch(/^[\w-]{43}$/);
  });
});

describe('nobody is let in', () => {
  it.each<Fault>(['wrong nonce', 'wrong audience', 'wrong issuer', 'signed by another', 'expired'])(
    'by an answer with: %s',
    async (fault) => {
      await using provider = await Provider.start();
      await using house = new House({ ...provider.env, OIDC_SIGN_UP: 'open' });
      provider.fault = fault;
      const { status, text } = await goThere(provider, house.guest());
      expect(status).toBe(502);
      expect(text).toContain('The sign-in there did not succeed.');
      expect(await house.people.accounts.list()).toEqual([]);
    },
  );

  it('by an answer that another browser got (login CSRF), nor by one that comes twice', async () => {
    await using provider = await Provider.start();
    await using house = new House({ ...provider.env, OIDC_SIGN_UP: 'open' });
    const attacker = house.guest();
    await attacker.get('/signin');
    const location = leadsTo(await attacker.submit('/signin/elsewhere', {}));
    const back = provider.authorize(location);
    const victim = house.guest();
    expect((await victim.get(back)).status).toBe(403);
    await victim.get('/signin');
    await victim.submit('/signin/elsewhere', {});
    expect((await victim.get(back)).status).toBe(403);
    expect((await attacker.get(back)).status).toBe(303);
    expect((await attacker.get(back)).status).toBe(403);
  });

  it('when the provider says no', async () => {
    await using provider = await Provider.start();
    await using house = new House(provider.env);
    const guest = house.guest();
    await guest.get('/signin');
    const location = leadsTo(await guest.submit('/signin/elsewhere', {}));
    const state = new URL(location).searchParams.get('state') ?? '';
    const query = new URLSearchParams({ error: 'access_denied', state, iss: provider.issuer }).toString();
    expect((await guest.get(`/signin/callback?${query}`)).status).toBe(502);
  });

  it('while the provider is away; afterwards it works again', async () => {
    await using provider = await Provider.start();
    await using house = new House({ ...provider.env, OIDC_SIGN_UP: 'open' });
    provider.fault = 'away';
    const guest = house.guest();
    await guest.get('/signin');
    expect((await guest.submit('/signin/elsewhere', {})).status).toBe(502);
    provider.fault = undefined;
    expect((await goThere(provider, guest)).status).toBe(303);
  });
});

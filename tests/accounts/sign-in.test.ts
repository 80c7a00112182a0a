import { describe, expect, it } from 'vitest';
import { House, PASSWORD } from './support/house.ts';

describe('who has an access code', () => {
  it('makes an account, and is signed in', async () => {
    await using house = new House();
    const guest = house.guest();
    await guest.get('/signin');
    const answer = await guest.submit('/signup', {
      access_code: ` ${await house.code()} `,
      name: ' Ada@Example.org ',
      password: PASSWORD,
    });
    expect(answer).toMatchObject({ status: 303, location: '/account' });
    expect((await guest.get('/account')).text).toContain('ada@example.org');
  });

  it('uses it once, or as often as the operator said', async () => {
    await using house = new House();
    const code = await house.code(2);
    const outcome = async (name: string) => {
      const guest = house.guest();
      await guest.get('/signin');
      return (await guest.submit('/signup', { access_code: code, name, password: PASSWORD })).status;
    };
    expect([await outcome('ada'), await outcome('bob'), await outcome('eve')]).toEqual([303, 303, 403]);
    expect((await house.people.accounts.list()).map(({ name }) => name)).toEqual(['ada', 'bob']);
  });

  it.each([
    ['is no code', { access_code: 'mcp_su_x' }, 403, 'This access code is not valid'],
    ['is a code, for a name with spaces', { name: 'a b c' }, 400, 'A name has 3 to 64 characters'],
    ['is a code, for a short password', { password: 'short' }, 400, 'A password has 10 to 256 characters'],
    [
      'is a code, for the name as password',
      { name: 'adalovelace', password: 'AdaLovelace' },
      400,
      'is not the name',
    ],
    ['is a code, for a name that is taken', { name: 'BOB' }, 409, 'This name is taken'],
  ])('is told where it %s, and keeps the code', async (_, wrong, status, says) => {
    await using house = new House();
    await house.member('bob');
    const access_code = await house.code();
    const guest = house.guest();
    await guest.get('/signin');
    const shown = await guest.submit('/signup', { access_code, name: 'ada', password: PASSWORD, ...wrong });
    expect(shown.status).toBe(status);
    expect(shown.text).toContain(says);
    expect(shown.text).not.toContain(PASSWORD);
    expect(await house.people.codes.isValid(access_code)).toBe(true);
    const again = await guest.submit('/signup', { access_code, name: 'ada', password: PASSWORD });
    expect(again.status).toBe(303);
  });

  it('makes one account where two use its last use at once', async () => {
    await using house = new House();
    const access_code = await house.code();
    const both = await Promise.all(
      ['ada', 'bob'].map(async (name) => {
        const guest = house.guest();
        await guest.get('/signin');
        return (await guest.submit('/signup', { access_code, name, password: PASSWORD })).status;
      }),
    );
    expect(both.toSorted((a, b) => a - b)).toEqual([303, 403]);
    expect(await house.people.accounts.list()).toHaveLength(1);
  });
});

describe('who has an account', () => {
  it('signs in under the name in any case, with a new session each time', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    const before = ada.cookies.get('__Host-mcpm_session');
    await ada.get('/account');
    await ada.submit('/signout', {});
    await ada.get('/signin');
    await ada.submit('/signin', { name: 'ADA', password: PASSWORD });
    expect((await ada.get('/account')).status).toBe(200);
    expect(ada.cookies.get('__Host-mcpm_session')).not.toBe(before);
    const old = house.guest();
    old.cookies.set('__Host-mcpm_session', before ?? '');
    expect((await old.get('/account')).text).toContain('action="/signin"');
  });

  it('is told the same for a wrong password as for a name that nobody has', async () => {
    await using house = new House();
    await house.member('ada');
    const tries = await Promise.all(
      [
        ['ada', 'wrong password'],
        ['nobody', 'wrong password'],
        ['not a name!', 'wrong password'],
      ].map(async ([name = '', password = '']) => {
        const guest = house.guest();
        await guest.get('/signin');
        const { status, text } = await guest.submit('/signin', { name, password });
        return [status, text.replaceAll(/value="[^"]*"/g, '')];
      }),
    );
    expect(tries[0]?.[0]).toBe(403);
    expect(tries[1]).toEqual(tries[0]);
    expect(tries[2]).toEqual(tries[0]);
  });

  it('is signed out after two weeks, or in every browser at once', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    const elsewhere = house.guest();
    await elsewhere.get('/signin');
    await elsewhere.submit('/signin', { name: 'ada', password: PASSWORD });
    await ada.get('/account');
    await ada.submit('/signout', { everywhere: 'true' });
    expect((await elsewhere.get('/account')).text).toContain('action="/signin"');
    await elsewhere.submit('/signin', { name: 'ada', password: PASSWORD });
    house.clock.forward(14 * 24 * 3_600_000 + 1);
    expect((await elsewhere.get('/account')).text).toContain('action="/signin"');
  });

  it('changes the password knowing the old one, and is signed out everywhere', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    await ada.get('/account');
    const wrong = await ada.submit('/account/password', {
      current: 'not this one',
      next: 'another password',
    });
    expect(wrong).toMatchObject({ status: 403 });
    const changed = await ada.submit('/account/password', { current: PASSWORD, next: 'another password' });
    expect(changed).toMatchObject({ status: 303 });
    expect((await ada.get('/account')).text).toContain('action="/signin"');
    expect((await ada.submit('/signin', { name: 'ada', password: PASSWORD })).status).toBe(403);
    expect((await ada.submit('/signin', { name: 'ada', password: 'another password' })).status).toBe(303);
  });
});

describe('guessing', () => {
  /** Wrong passwords, until it is refused for another reason; how many there were. */
  async function guess(
    house: House,
    name: (n: number) => string,
    address: (n: number) => string,
    most: number,
  ) {
    for (let n = 0; n < most; n++) {
      const guest = house.guest(address(n));
      await guest.get('/signin');
      const { status, headers } = await guest.submit('/signin', { name: name(n), password: 'guess' });
      if (status === 429) return { count: n, wait: Number(headers['retry-after']) };
    }
    return { count: most, wait: 0 };
  }

  it('at one name from one place ends after ten times, for a quarter of an hour', async () => {
    await using house = new House();
    const ada = await house.member('ada', '198.51.100.7');
    expect(
      await guess(
        house,
        () => 'ada',
        () => '203.0.113.1',
        12,
      ),
    ).toEqual({ count: 10, wait: 900 });
    const elsewhere = house.guest('198.51.100.7');
    await elsewhere.get('/signin');
    expect((await elsewhere.submit('/signin', { name: 'ada', password: PASSWORD })).status).toBe(303);
    house.clock.forward(15 * 60_000 + 1);
    await ada.get('/account');
    const back = house.guest();
    await back.get('/signin');
    expect((await back.submit('/signin', { name: 'ada', password: PASSWORD })).status).toBe(303);
  });

  it('at many names from one place ends, the network of an IPv6 address being one place', async () => {
    await using house = new House();
    const address = (n: number) => `2001:db8:1:2::${n.toString(16)}`;
    expect((await guess(house, (n) => `name${n}`, address, 101)).count).toBe(100);
    const beside = house.guest('2001:db8:1:3::1');
    await beside.get('/signin');
    expect((await beside.submit('/signin', { name: 'ada', password: 'guess' })).status).toBe(403);
  }, 60_000);

  it('at one name from many places ends, and does not keep its person out of their own browser', async () => {
    await using house = new House();
    const ada = await house.member('ada', '198.51.100.7');
    const found = await guess(
      house,
      () => 'ada',
      (n) => `203.0.113.${n}`,
      55,
    );
    expect(found.count).toBe(50);
    await ada.get('/account');
    await ada.submit('/signout', {});
    await ada.get('/signin');
    expect((await ada.submit('/signin', { name: 'ada', password: PASSWORD })).status).toBe(303);
    const stranger = house.guest('203.0.113.200');
    await stranger.get('/signin');
    expect((await stranger.submit('/signin', { name: 'ada', password: PASSWORD })).status).toBe(429);
  }, 60_000);

  it('from a person’s own office do not keep them out of their own browser; from that they end too', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    await guess(
      house,
      () => 'ada',
      () => '203.0.113.1',
      11,
    );
    const enter = async (password: string) => {
      await ada.get('/account');
      if (ada.shown.text.includes('/signout')) await ada.submit('/signout', {});
      await ada.get('/signin');
      return (await ada.submit('/signin', { name: 'ada', password })).status;
    };
    expect(await enter(PASSWORD)).toBe(303);
    for (let n = 1; n < 20; n++) await enter('guess');
    expect(await enter(PASSWORD)).toBe(429);
  }, 60_000);

  it('from a holder of many networks of version 6 end', async () => {
    await using house = new House();
    const reasons = new Map<string, number>();
    for (let n = 0; n < 1_010; n++) {
      const visitor = { address: `2001:db8:1:${n.toString(16)}::/64`, device: undefined };
      const refused: { reason: string } = await house.people.signIn
        .signUp('x', `name${n}`, PASSWORD, visitor)
        .catch((error) => error);
      reasons.set(refused.reason, (reasons.get(refused.reason) ?? 0) + 1);
    }
    expect(Object.fromEntries(reasons)).toEqual({ bad_access_code: 1_000, too_many_attempts: 10 });
  });

  it('at access codes ends too', async () => {
    await using house = new House();
    const guest = house.guest();
    await guest.get('/signin');
    const statuses: number[] = [];
    for (let n = 0; n < 101; n++)
      statuses.push(
        (await guest.submit('/signup', { access_code: 'x', name: 'ada', password: PASSWORD })).status,
      );
    expect([statuses[99], statuses[100]]).toEqual([403, 429]);
  });
});

describe('a form', () => {
  it.each<
    readonly [string, (fields: Record<string, string>) => Record<string, string>, Record<string, string>]
  >([
    ['without its token', ({ form_token: _, ...rest }) => rest, {}],
    ['with another token', (fields) => ({ ...fields, form_token: 'x'.repeat(43) }), {}],
    ['from another site', (fields) => fields, { 'sec-fetch-site': 'cross-site' }],
    ['from a site beside this one', (fields) => fields, { 'sec-fetch-site': 'same-site' }],
  ])('%s does nothing', async (_, change, headers) => {
    await using house = new House();
    await house.member('ada');
    const guest = house.guest();
    await guest.get('/signin');
    const fields = { ...guest.hiddenFields('/signin'), name: 'ada', password: PASSWORD };
    const answer = await guest.post('/signin', new URLSearchParams(change(fields)).toString(), headers);
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('This page was open for too long');
    expect(guest.cookies.has('__Host-mcpm_session')).toBe(false);
  });

  it('of another browser does nothing here: nobody is signed in to an account that is not theirs', async () => {
    await using house = new House();
    await house.member('mallory');
    const attacker = house.guest();
    await attacker.get('/signin');
    const victim = house.guest();
    await victim.get('/signin');
    const fields = { ...attacker.hiddenFields('/signin'), name: 'mallory', password: PASSWORD };
    expect((await victim.post('/signin', new URLSearchParams(fields).toString())).status).toBe(403);
  });

  it('from before a sign-in is worth nothing after it', async () => {
    await using house = new House();
    const ada = house.guest();
    await ada.get('/signin');
    const before = ada.hiddenFields('/signin')['form_token'] ?? '';
    await ada.submit('/signup', { access_code: await house.code(), name: 'ada', password: PASSWORD });
    expect((await ada.post('/signout', `form_token=${before}`)).status).toBe(403);
  });

  it('that names a field twice is refused', async () => {
    await using house = new House();
    const guest = house.guest();
    await guest.get('/signin');
    const { form_token } = guest.hiddenFields('/signin');
    const body = `form_token=${form_token}&name=ada&name=bob&password=x`;
    expect((await guest.post('/signin', body)).status).toBe(400);
  });
});

describe('after signing in a person goes', () => {
  it.each([
    ['to their account', undefined, '/account'],
    [
      'on with what they came for',
      '/oauth/authorize?client_id=a&state=b',
      '/oauth/authorize?client_id=a&state=b',
    ],
    ['nowhere else', 'https://evil.example/', '/account'],
    ['nowhere that looks like a path', '//evil.example/oauth/authorize?', '/account'],
    ['nowhere by backslash', '/\\evil.example', '/account'],
    ['nowhere by a line break', '/oauth/authorize?a\r\nset-cookie: x', '/account'],
    ['to no script', 'javascript:alert(1)', '/account'],
    ['to no other page of ours', '/docs', '/account'],
  ])('%s', async (_, return_to, location) => {
    await using house = new House();
    await house.member('ada');
    const guest = house.guest();
    const query = return_to === undefined ? '' : `?${new URLSearchParams({ return_to }).toString()}`;
    await guest.get(`/signin${query}`);
    expect(await guest.submit('/signin', { name: 'ada', password: PASSWORD })).toMatchObject({
      status: 303,
      location,
    });
    await guest.get('/account');
    // The form may say something else than the page did.
    await guest.submit('/signout', return_to === undefined ? {} : { return_to });
    expect(guest.shown.location).toBe(location);
  });
});

it('a place to return to that is named twice is none', async () => {
  await using house = new House();
  const ada = await house.member('ada');
  const twice = '/signin?return_to=/oauth/authorize?a&return_to=https://evil.example/';
  expect(await ada.get(twice)).toMatchObject({ status: 303, location: '/account' });
});

describe('what a browser is told', () => {
  it('keeps its cookies to this host, from scripts, and from other sites', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    expect(ada.setCookies.length).toBeGreaterThan(2);
    for (const line of ada.setCookies) {
      expect(line).toMatch(/^__Host-mcpm_\w+=[\w-]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    }
  });

  it('on loopback, without https, the cookies are kept too', async () => {
    await using house = new House({ PUBLIC_URL: 'http://localhost:8100' });
    const ada = await house.member('ada');
    expect(ada.setCookies.every((line) => line.startsWith('mcpm_') && !line.includes('Secure'))).toBe(true);
    expect((await ada.get('/account')).status).toBe(200);
  });

  it.each(['/signin', '/account', '/oauth/authorize'])(
    '%s runs no script and is in nobody’s frame',
    async (path) => {
      await using house = new House();
      const ada = await house.member('ada');
      const { headers, text } = await (path === '/signin' ? house.guest() : ada).get(
        path === '/oauth/authorize' ? house.asking(await house.client()).path : path,
      );
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("base-uri 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'referrer-policy': 'same-origin' });
      expect(text).not.toMatch(/<script|\son\w+=|javascript:/i);
    },
  );

  it('nothing that a person typed, nor any cookie, is logged or stored as it is', async () => {
    await using house = new House();
    const ada = await house.member('ada');
    const tokens = await house.connect(ada);
    const secrets = [PASSWORD, ...ada.cookies.values(), tokens.access_token, tokens.refresh_token];
    const kept = `${house.log.join('')} ${house.records.dump()}`;
    for (const secret of secrets) expect(kept).not.toContain(secret);
    expect(kept).toContain('ada');
  });
});

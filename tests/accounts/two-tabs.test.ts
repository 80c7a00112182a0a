import { describe, expect, it } from 'vitest';
import type { Guest } from './support/guest.ts';
import { House, PASSWORD } from './support/house.ts';

/** Sends a form of a page that was shown earlier. */
function send(guest: Guest, action: string, shown: Record<string, string>, more: Record<string, string>) {
  return guest.post(action, new URLSearchParams({ ...shown, ...more }).toString());
}

describe('who signs in in one tab while a client waits in another', () => {
  it('goes on in the other with the sign-in that is there', async () => {
    await using house = new House();
    await house.member('ada');
    const guest = house.guest();
    const { path } = house.asking(await house.client());
    await guest.get(path);
    const waiting = guest.hiddenFields('/signin');
    await guest.get('/signin');
    await guest.submit('/signin', { name: 'ada', password: PASSWORD });
    expect(await send(guest, '/signin', waiting, { name: 'ada', password: PASSWORD })).toMatchObject({
      status: 303,
      location: path,
    });
  });

  it('is asked again, as the one who is signed in now, where the consent page was of another', async () => {
    await using house = new House();
    await house.member('bob');
    const browser = await house.member('ada');
    const { path } = house.asking(await house.client());
    await browser.get(path);
    const waiting = browser.hiddenFields('/oauth/authorize');
    await browser.submit('/signout', {});
    const out = await send(browser, '/oauth/authorize', waiting, { decision: 'allow' });
    expect(browser.hiddenFields('/signin')['return_to']).toBe(path);
    expect(out).toMatchObject({ location: undefined });
    await browser.submit('/signin', { name: 'bob', password: PASSWORD });
    const again = await send(browser, '/oauth/authorize', waiting, { decision: 'allow' });
    expect(again).toMatchObject({ status: 403, location: undefined });
    expect(again.text).toContain('Signed in as <strong>bob</strong>');
    expect(again.text).toContain('This page was open for too long');
    const allowed = await browser.submit('/oauth/authorize', { decision: 'allow' });
    expect(new URL(allowed.location ?? '').searchParams.get('code')).toMatch(/^mcp_ac_/);
  });

  it('keeps what the client asked for, where the page was open for too long', async () => {
    await using house = new House();
    await house.member('ada');
    const guest = house.guest();
    const { path } = house.asking(await house.client());
    await guest.get(path);
    const waiting = guest.hiddenFields('/signin');
    guest.cookies.clear();
    const answer = await send(guest, '/signin', waiting, { name: 'ada', password: PASSWORD });
    expect(answer.status).toBe(403);
    expect(await guest.submit('/signin', { name: 'ada', password: PASSWORD })).toMatchObject({
      status: 303,
      location: path,
    });
  });
});

it('a form that another site sends leaves the forms of open pages as they are', async () => {
  await using house = new House();
  const ada = await house.member('ada');
  const before = ada.setCookies.length;
  const sent = await ada.post('/signin', 'return_to=/account', {
    'sec-fetch-site': 'cross-site',
    cookie: '',
  });
  expect(sent.status).toBe(403);
  expect(ada.setCookies).toHaveLength(before);
});

it.each(['/signup', '/signout', '/account/clients', '/account/password'])(
  '%s, asked for again from the address bar, leads to the account',
  async (url) => {
    await using house = new House();
    expect(await house.guest().get(url)).toMatchObject({ status: 303, location: '/account' });
  },
);

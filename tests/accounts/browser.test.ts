import { describe, expect, it } from 'vitest';
import { CookieJar } from '../support/browser/cookies.ts';
import { signUp } from '../support/browser/person.ts';
import { startTestServer } from '../support/server.ts';

describe('a browser over the network', () => {
  it('keeps somebody signed in, with cookies that no script reads and no other site sends', async () => {
    await using server = await startTestServer({ AUTH_MODE: 'accounts' });
    const browser = await signUp(server, 'ada');
    const url = new URL('/account/clients', server.url);
    expect((await browser.get(`${server.url}/account`)).text).toContain('<strong>ada</strong>');
    expect(browser.cookies.scriptable(url)).toEqual([]);

    const elsewhere = new URL('https://elsewhere.example/page');
    const sent = (method: 'GET' | 'POST', from: URL) => browser.cookies.header({ url, method, from });
    expect(sent('POST', url)).toContain('mcpm_session=');
    expect(sent('GET', elsewhere)).toContain('mcpm_session=');
    expect(sent('POST', elsewhere)).toBe('');

    await browser.submit('/signout');
    expect(sent('POST', url)).not.toContain('mcpm_session=');
  });

  it.each([
    ['a secure one over http', 'http://play.example/', 'a=1; Secure', ''],
    ['a host one with a domain', 'https://play.example/', '__Host-a=1; Secure; Path=/; Domain=example', ''],
    ['a host one', 'https://play.example/', '__Host-a=1; Secure; Path=/', '__Host-a=1'],
    ['one of another path', 'https://play.example/', 'a=1; Path=/account', ''],
    ['one that is over', 'https://play.example/', 'a=1; Max-Age=0', ''],
    ['a plain one', 'http://play.example/', 'a=1', 'a=1'],
  ])('treats %s as browsers do', (_, address, line, sent) => {
    const jar = new CookieJar();
    const url = new URL(address);
    jar.keep(line, url);
    expect(jar.header({ url, method: 'GET', from: undefined })).toBe(sent);
  });
});

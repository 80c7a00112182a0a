import type { TestServer } from '../server.ts';
import { Browser } from './browser.ts';

const PASSWORD = 'correct horse battery';

/** Somebody with an account on a server in accounts mode, signed in with a browser of their own. */
export async function signUp(server: TestServer, name: string): Promise<Browser> {
  const [access_code = ''] = (await server.admin('access-code')).split('\n');
  const browser = new Browser();
  await browser.get(`${server.url}/account`);
  const { status, url } = await browser.submit('/signup', { access_code, name, password: PASSWORD });
  if (status !== 200 || url.pathname !== '/account') throw new Error(`No account was made: ${status}`);
  return browser;
}

/** Signs in on the sign-in page that a browser shows, as who `signUp` made. */
export async function signIn(browser: Browser, name: string): Promise<void> {
  await browser.submit('/signin', { name, password: PASSWORD });
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: 'strict' | 'lax' | 'none';
}

/** How a request came about, which decides the cookies that go along. */
export interface Journey {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  /** The page that led there; undefined where the person typed the address. */
  readonly from: URL | undefined;
}

/** What a browser keeps of Set-Cookie (RFC 6265bis), as far as a login needs it. Ports share their cookies. */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();

  /** Keeps or forgets what one Set-Cookie line says; a line that a browser would refuse changes nothing. */
  keep(line: string, url: URL): void {
    const [pair = '', ...rest] = line.split(';').map((part) => part.trim());
    const [name, value] = split(pair);
    const attributes = new Map(
      rest.map((part) => split(part)).map(([key, text]) => [key.toLowerCase(), text]),
    );
    const path = attributes.get('path');
    const cookie: Cookie = {
      name,
      value,
      host: url.hostname,
      path: path?.startsWith('/') ? path : url.pathname.replace(/\/[^/]*$/, '') || '/',
      secure: attributes.has('secure'),
      httpOnly: attributes.has('httponly'),
      sameSite: sameSiteOf(attributes.get('samesite')),
    };
    if (!isAcceptable(cookie, url, attributes.has('domain'))) return;
    const key = `${cookie.host} ${cookie.path} ${name}`;
    if (isOver(attributes)) this.#cookies.delete(key);
    else this.#cookies.set(key, cookie);
  }

  /** The Cookie header of a request; empty where nothing goes along. */
  header(journey: Journey): string {
    const sent = [...this.#cookies.values()].filter((cookie) => goesAlong(cookie, journey));
    return sent.map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  /** The cookies that a script on a page could read. */
  scriptable(url: URL): string[] {
    return [...this.#cookies.values()]
      .filter((cookie) => !cookie.httpOnly && cookie.host === url.hostname)
      .map(({ name }) => name);
  }
}

function split(part: string): [name: string, value: string] {
  const at = part.indexOf('=');
  return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
}

function sameSiteOf(text: string | undefined): Cookie['sameSite'] {
  const value = text?.toLowerCase();
  return value === 'strict' || value === 'none' ? value : 'lax';
}

/** RFC 6265bis section 5.7: what is secure comes by https, and a name may promise more (section 4.1.3). */
function isAcceptable({ name, path, secure, sameSite }: Cookie, url: URL, hasDomain: boolean): boolean {
  if (name === '' || (secure && url.protocol !== 'https:') || (sameSite === 'none' && !secure)) return false;
  if (name.startsWith('__Host-')) return secure && path === '/' && !hasDomain;
  return !name.startsWith('__Secure-') || secure;
}

function isOver(attributes: ReadonlyMap<string, string>): boolean {
  const age = attributes.get('max-age');
  if (age !== undefined) return Number(age) <= 0;
  const expires = attributes.get('expires');
  return expires !== undefined && Date.parse(expires) <= Date.now();
}

function goesAlong({ host, path, secure, sameSite }: Cookie, { url, method, from }: Journey): boolean {
  if (host !== url.hostname || (secure && url.protocol !== 'https:')) return false;
  const below = path.endsWith('/') ? path : `${path}/`;
  if (url.pathname !== path && !url.pathname.startsWith(below)) return false;
  const sameSiteRequest =
    from === undefined || (from.hostname === url.hostname && from.protocol === url.protocol);
  return sameSiteRequest || sameSite === 'none' || (sameSite === 'lax' && method === 'GET');
}

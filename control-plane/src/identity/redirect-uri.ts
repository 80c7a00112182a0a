/** Schemes that a browser would act on itself instead of handing over to an application. */
const DENIED_SCHEMES = new Set(
  (
    'about blob chrome cid content data edge feed file filesystem ftp ftps gopher intent jar javascript ' +
    'livescript mailto mhtml mid ms-its mk news nntp resource sms ssh tel telnet vbscript view-source ws wss'
  ).split(' '),
);

const SCHEME = /^([a-z][a-z0-9+.-]*):/i;
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(?::(\d{1,5}))?([/?].*)?$/;
const MAX_LENGTH = 2048;
/** What names are made of; the URL type takes more, such as `*` and `;`. */
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/;

/**
 * Why a client may not register this redirect URI, or undefined when it may: https, http on loopback only
 * (RFC 8252 section 7.3), and private-use schemes such as `cursor:` (section 7.1); no fragment
 * (RFC 6749 section 3.1.2), no user name.
 */
export function redirectUriProblem(uri: string): string | undefined {
  if (uri.length > MAX_LENGTH) return 'A redirect URI is longer than 2048 characters.';
  if (!/^[\x21-\x7e]+$/.test(uri) || !URL.canParse(uri)) return 'A redirect URI is not a URI.';
  if (uri.includes('#')) return 'A redirect URI has a fragment.';
  const scheme = SCHEME.exec(uri)?.[1]?.toLowerCase() ?? '';
  if (DENIED_SCHEMES.has(scheme)) return 'A redirect URI has a scheme that is not allowed.';
  const { username, password, hostname } = new URL(uri);
  if (username !== '' || password !== '') return 'A redirect URI has a user name or a password.';
  if (scheme === 'http' && !LOOPBACK.test(uri)) return 'A redirect URI with http is not on loopback.';
  if (scheme === 'https' && !/^https:\/\/[^/]/i.test(uri)) return 'A redirect URI has no host.';
  if (scheme === 'https' && !HOST.test(hostname)) return 'A redirect URI has a host that is no name.';
  return undefined;
}

/**
 * True when a client that registered `registered` may be redirected to `asked`: the same text, or on
 * loopback the same but for the port (RFC 8252 section 7.3).
 */
export function redirectUriMatches(registered: string, asked: string): boolean {
  if (registered === asked) return true;
  const [, host, , rest] = LOOPBACK.exec(registered) ?? [];
  const [, askedHost, askedPort, askedRest] = LOOPBACK.exec(asked) ?? [];
  if (host === undefined || host !== askedHost || rest !== askedRest) return false;
  return askedPort === undefined || (Number(askedPort) > 0 && Number(askedPort) < 65_536);
}

/** The redirect URI with parameters added to its query. */
export function redirectWith(uri: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value);
  // Not through the URL type: what is not ours stays as the client registered it.
  return `${uri}${uri.includes('?') ? '&' : '?'}${query.toString()}`;
}

import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccountRefusal } from '../../../accounts/refusal.ts';
import { SESSION_MS } from '../../../accounts/sessions.ts';
import type { SignedIn } from '../../../accounts/sign-in.ts';
import { hmacHex } from '../../../kernel/hash.ts';
import { looksLikeSecret, newSecret, sameSecret } from '../../../identity/secrets.ts';

/** What a browser keeps for us: who signed in, which forms are ours, whom it has seen, who is elsewhere. */
type CookieUse = 'session' | 'form' | 'device' | 'elsewhere';

const YEAR_S = 365 * 24 * 3600;
const LIFE_S: Readonly<Record<CookieUse, number>> = {
  session: SESSION_MS / 1000,
  form: 24 * 3600,
  device: YEAR_S,
  elsewhere: 15 * 60,
};

/** Reads and writes our cookies, and knows our forms by them. */
export class Browser {
  readonly #secure: boolean;
  readonly #key: Uint8Array;
  /** @param secure whether people reach the server by https @param key the server's own */
  constructor(secure: boolean, key: Uint8Array) {
    this.#secure = secure;
    this.#key = key;
  }

  read(request: FastifyRequest, use: CookieUse): string | undefined {
    return request.cookies[this.#nameOf(use)];
  }

  write(reply: FastifyReply, use: CookieUse, value: string): void {
    reply.setCookie(this.#nameOf(use), value, { ...this.#options(), maxAge: LIFE_S[use] });
  }

  clear(reply: FastifyReply, use: CookieUse): void {
    reply.clearCookie(this.#nameOf(use), this.#options());
  }

  keepSignedIn(reply: FastifyReply, { session, device }: SignedIn): void {
    this.write(reply, 'session', session);
    this.write(reply, 'device', device);
  }

  /**
   * The token for the forms of a page. It holds for this browser, and for who is signed in there: a page of
   * another site can neither read nor guess it, and one from before a sign-in is worth nothing after it.
   */
  formToken(request: FastifyRequest, reply: FastifyReply): string {
    const kept = this.read(request, 'form');
    const secret = kept !== undefined && looksLikeSecret('form', kept) ? kept : newSecret('form');
    if (secret !== kept) this.write(reply, 'form', secret);
    return this.#tokenOf(secret, this.read(request, 'session'));
  }

  /** True where a page of another site sent this. */
  isForeign(request: FastifyRequest): boolean {
    const site = request.headers['sec-fetch-site'];
    return site !== undefined && site !== 'same-origin' && site !== 'none';
  }

  /** @throws {AccountRefusal} form_expired where a form is not of a page that this browser was shown */
  requireForm(request: FastifyRequest, token: string | undefined): void {
    const secret = this.read(request, 'form') ?? '';
    const matches = sameSecret(token ?? '', this.#tokenOf(secret, this.read(request, 'session')));
    if (this.isForeign(request) || secret === '' || !matches) throw new AccountRefusal('form_expired');
  }

  #tokenOf(secret: string, session: string | undefined): string {
    return hmacHex(this.#key, 'form', secret, session ?? '');
  }

  /** `__Host-` keeps sites beside this one from planting a cookie; browsers take it over https only. */
  #nameOf(use: CookieUse): string {
    return `${this.#secure ? '__Host-' : ''}mcpm_${use}`;
  }

  #options() {
    // Lax, not strict: a person comes to the consent page from the client's site.
    return { path: '/', httpOnly: true, sameSite: 'lax' as const, secure: this.#secure };
  }
}

import * as openid from 'openid-client';
import type { RecordStore } from '../identity/records.ts';
import { looksLikeSecret, newSecret, secretKey } from '../identity/secrets.ts';
import { Table } from '../identity/table.ts';
import type { Clock } from '../kernel/clock.ts';
import { sha256Hex } from '../kernel/hash.ts';
import { cut } from '../kernel/text.ts';
import { AccountRefusal } from './refusal.ts';

/** An OpenID Connect provider that vouches for people. */
export interface UpstreamOptions {
  readonly issuer: URL;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What the button is called. */
  readonly title: string;
  /** True where everybody whom the provider vouches for may have an account, without an access code. */
  readonly open: boolean;
}

/** Somebody whom the provider vouches for. */
export type Person = { readonly name: string; readonly login: string };

type Started = {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly return_to: string;
};

type Known = { readonly person: Person; readonly return_to: string };

/** From the button to the provider's answer, and from there to an access code, ms. */
const TIME_MS = 10 * 60_000;
const NAME_LENGTH = 100;
/** For one answer of the provider, s. */
const TIMEOUT_S = 10;

/** Signing in by OpenID Connect (code flow with PKCE, state and nonce), as openid-client does it. */
export class Upstream {
  readonly title: string;
  readonly open: boolean;
  readonly #options: UpstreamOptions;
  readonly #started: Table<Started>;
  readonly #known: Table<Known>;
  readonly #clock: Clock;
  #provider: Promise<openid.Configuration> | undefined;
  constructor(options: UpstreamOptions, records: RecordStore, clock: Clock) {
    this.title = options.title;
    this.open = options.open;
    this.#options = options;
    this.#started = new Table(records, clock, 'upstream_started');
    this.#known = new Table(records, clock, 'upstream_known');
    this.#clock = clock;
  }

  /**
   * Starts a sign-in.
   *
   * @param redirectUri where the provider sends the person back to
   * @param returnTo where the person goes in the end
   * @param known the secret of this browser's last start: one in another tab goes on
   * @returns where to send the person, and a secret that binds the answer to this browser
   * @throws {AccountRefusal} upstream_failed
   */
  async begin(
    redirectUri: string,
    returnTo: string,
    known: string,
  ): Promise<{ location: string; secret: string }> {
    const provider = await this.#discovered();
    const verifier = openid.randomPKCECodeVerifier();
    const [state, nonce] = [openid.randomState(), openid.randomNonce()];
    const location = openid.buildAuthorizationUrl(provider, {
      redirect_uri: redirectUri,
      scope: 'openid profile email',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    });
    const secret = looksLikeSecret('form', known) ? known : newSecret('form');
    const expiresAt = this.#clock.now() + TIME_MS;
    await this.#started.insert(
      startKey(secret, state),
      { state, nonce, verifier, return_to: returnTo },
      { expiresAt },
    );
    return { location: location.href, secret };
  }

  /**
   * Reads the provider's answer, once.
   *
   * @param answer the address that the person came back to
   * @throws {AccountRefusal} form_expired, upstream_failed
   */
  async finish(answer: URL, secret: string): Promise<{ person: Person; returnTo: string }> {
    const asked = answer.searchParams.get('state') ?? '';
    const row = looksLikeSecret('form', secret)
      ? await this.#started.take(startKey(secret, asked))
      : undefined;
    if (!row) throw new AccountRefusal('form_expired');
    const { state, nonce, verifier, return_to: returnTo } = row.value;
    const provider = await this.#discovered();
    try {
      const tokens = await openid.authorizationCodeGrant(provider, answer, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) throw new Error('The answer holds no identity.');
      return { person: personOf(claims), returnTo };
    } catch (error) {
      throw new AccountRefusal('upstream_failed', undefined, { cause: error });
    }
  }

  /** Keeps somebody without an account here in mind, until they bring an access code. @returns a secret */
  async keep(person: Person, returnTo: string): Promise<string> {
    const secret = newSecret('form');
    const expiresAt = this.#clock.now() + TIME_MS;
    await this.#known.insert(secretKey(secret), { person, return_to: returnTo }, { expiresAt });
    return secret;
  }

  /** @throws {AccountRefusal} form_expired */
  async kept(secret: string): Promise<{ person: Person; returnTo: string }> {
    const row = looksLikeSecret('form', secret) ? await this.#known.get(secretKey(secret)) : undefined;
    if (!row) throw new AccountRefusal('form_expired');
    return { person: row.value.person, returnTo: row.value.return_to };
  }

  #discovered(): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecret } = this.#options;
    // The settings take this for a provider on this machine alone, which is for trying things out.
    const insecure = issuer.protocol === 'http:' ? [openid.allowInsecureRequests] : [];
    // Without it a signature is not looked at, since the token came straight from the provider.
    const execute = [openid.enableNonRepudiationChecks, ...insecure];
    this.#provider ??= openid
      .discovery(issuer, clientId, clientSecret, undefined, { execute, timeout: TIMEOUT_S })
      .catch((error: unknown) => {
        this.#provider = undefined;
        throw new AccountRefusal('upstream_failed', undefined, { cause: error });
      });
    return this.#provider;
  }
}

/** A start is found by browser and state alone, so that no other answer ends it. */
function startKey(secret: string, state: string): string {
  return secretKey(`${secret} ${state}`);
}

/** `sub` alone says who it is, within its issuer (OpenID Connect Core section 5.7); names may change hands. */
function personOf(claims: openid.IDToken): Person {
  const shown = [claims['preferred_username'], claims['email'], claims['name']].find(
    (claim): claim is string => typeof claim === 'string' && claim !== '',
  );
  // Half a pair is no text that a store takes.
  const name = cut((shown ?? claims.sub).toWellFormed(), NAME_LENGTH);
  return { name, login: `elsewhere:${sha256Hex(JSON.stringify([claims.iss, claims.sub]))}` };
}

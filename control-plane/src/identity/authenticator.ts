import type { Clock } from '../kernel/clock.ts';
import { isLoopbackOrigin } from './base-url.ts';
import type { Caller } from './caller.ts';
import { isOwnResource } from './resource.ts';
import { looksLikeSecret, secretKey } from './secrets.ts';
import type { Tokens } from './tokens.ts';

/** How long, in ms, another process's revocation may go unnoticed. One of this process counts at once. */
const CACHE_TTL = 5_000;
const CACHE_SIZE = 10_000;

interface CachedCaller {
  readonly caller: Caller;
  /** ms since the epoch. */
  readonly until: number;
}

/** True where an account may act. */
export type AccountCheck = (account: string) => Promise<boolean>;

/** Resolves bearer tokens, remembering the ones in use for a few seconds. */
export class Authenticator {
  readonly #tokens: Tokens;
  readonly #clock: Clock;
  readonly #audience: string | undefined;
  readonly #isActive: AccountCheck;
  #cache = new Map<string, CachedCaller>();
  /** Look-ups under way: a client that comes back on many connections at once asks the store once. */
  #asked = new Map<string, Promise<CachedCaller | undefined>>();
  /** @param publicUrl tokens that are bound to another server are refused, unless this is on loopback */
  constructor(tokens: Tokens, clock: Clock, publicUrl: string, isActive: AccountCheck) {
    this.#tokens = tokens;
    this.#clock = clock;
    this.#isActive = isActive;
    // A loopback server has many names; there the resource was checked when the token was issued.
    this.#audience = isLoopbackOrigin(publicUrl) ? undefined : publicUrl;
  }

  /** Who sent this token; undefined for one that is unknown, expired, revoked or for another server. */
  async authenticate(bearer: string): Promise<Caller | undefined> {
    return looksLikeSecret('access', bearer) ? this.callerOf(secretKey(bearer)) : undefined;
  }

  /** Whose token has this hash; undefined for one that is good no more. */
  async callerOf(key: string): Promise<Caller | undefined> {
    const cached = this.#cache.get(key);
    if (cached && this.#clock.now() < cached.until) return cached.caller;
    const found = await (this.#asked.get(key) ?? this.#ask(key));
    return found?.caller;
  }

  /** Drops what is remembered: to be called after every revocation. */
  forget(): void {
    this.#cache = new Map();
    this.#asked = new Map();
  }

  #ask(key: string): Promise<CachedCaller | undefined> {
    // After a revocation these are old ones, and what was read before it goes nowhere.
    const [cache, asked] = [this.#cache, this.#asked];
    const found = this.#resolve(key)
      .then((caller) => {
        cache.delete(key);
        if (caller) remember(cache, key, caller);
        return caller;
      })
      .finally(() => asked.delete(key));
    asked.set(key, found);
    return found;
  }

  async #resolve(key: string): Promise<CachedCaller | undefined> {
    const row = await this.#tokens.findAccess(key);
    if (!row) return undefined;
    const { account, client_id: clientId, scopes, resource } = row.value;
    if (this.#audience !== undefined && resource !== undefined && !isOwnResource(resource, this.#audience)) {
      return undefined;
    }
    if (!(await this.#isActive(account))) return undefined;
    const until = Math.min(this.#clock.now() + CACHE_TTL, row.expiresAt ?? Number.POSITIVE_INFINITY);
    return { caller: { account, clientId, scopes, tokenKey: key }, until };
  }
}

/** Adds an entry; at the size limit the one that was added first goes. */
function remember(cache: Map<string, CachedCaller>, key: string, entry: CachedCaller): void {
  const first = cache.size >= CACHE_SIZE ? cache.keys().next().value : undefined;
  if (first !== undefined) cache.delete(first);
  cache.set(key, entry);
}

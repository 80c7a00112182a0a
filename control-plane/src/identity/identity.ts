import type { Clock } from '../kernel/clock.ts';
import type { Json } from '../kernel/json/value.ts';
import { Authenticator } from './authenticator.ts';
import { checkAuthorization, codeLocation, errorLocation, findReturnAddress } from './authorize.ts';
import type { Caller } from './caller.ts';
import { Clients } from './clients.ts';
import type { ClientRequest } from './credentials.ts';
import { Grants } from './grants.ts';
import { OAuthRefusal } from './refusal.ts';
import type { Parameters } from './parameters.ts';
import type { RecordStore } from './records.ts';
import { type RegistrationAnswer, registerClient } from './registration.ts';
import { revokeToken } from './revocation.ts';
import { newAccountId } from './secrets.ts';
import { answerToken, type TokenAnswer } from './token-endpoint.ts';
import type { TokenServices } from './token-model.ts';
import { Tokens } from './tokens.ts';

export interface IdentityOptions {
  readonly records: RecordStore;
  readonly clock: Clock;
  /** The origin of this server, without trailing slash. */
  readonly publicUrl: string;
  /** Registrations that never took a token, of which the oldest make room; default 10,000. */
  readonly maxUnusedClients?: number;
}

/** How many expired records one sweep removes. */
const SWEEP_BATCH = 1000;

/** Clients, grants and tokens in open mode: whoever asks is let in, as an account of their own. */
export class Identity {
  readonly #records: RecordStore;
  readonly #clock: Clock;
  readonly #services: TokenServices;
  readonly #authenticator: Authenticator;
  constructor({ records, clock, publicUrl, maxUnusedClients = 10_000 }: IdentityOptions) {
    this.#records = records;
    this.#clock = clock;
    const tokens = new Tokens(records, clock);
    const grants = new Grants(records, clock);
    const clients = new Clients(records, clock, maxUnusedClients);
    this.#services = { clients, grants, tokens, endGrant: (grantId) => this.#endGrant(grantId) };
    this.#authenticator = new Authenticator(tokens, clock, publicUrl);
  }

  /** Who sent this bearer token; undefined for one that is no longer, or never was, good here. */
  authenticate(bearer: string): Promise<Caller | undefined> {
    return this.#authenticator.authenticate(bearer);
  }

  /**
   * Registers a client (RFC 7591), with a first access token.
   *
   * @throws {OAuthRefusal}
   */
  register(metadata: Json | undefined): Promise<RegistrationAnswer> {
    return registerClient(this.#services, metadata);
  }

  /**
   * Answers an authorization request with the address to redirect to: approved, under a new account, or
   * refused with an error for the client.
   *
   * @param issuer the origin that the client talks to
   * @throws {OAuthRefusal} what must be shown instead of redirected
   */
  async authorize(parameters: Parameters, issuer: string): Promise<string> {
    const { clients, grants } = this.#services;
    const to = await findReturnAddress(clients, parameters);
    try {
      const request = checkAuthorization(to.client, parameters, issuer);
      const { challenge, resource, redirectUri, scopes, client } = request;
      const code = await grants.open({
        grant: {
          account: newAccountId(),
          client_id: client.id,
          scopes,
          ...(resource === undefined ? {} : { resource }),
        },
        challenge,
        ...(redirectUri === undefined ? {} : { redirect_uri: redirectUri }),
      });
      return codeLocation(to, code, issuer);
    } catch (error) {
      if (!(error instanceof OAuthRefusal)) throw error;
      return errorLocation(to, error, issuer);
    }
  }

  /**
   * Answers a token request.
   *
   * @param base the origin that the client talks to
   * @throws {OAuthRefusal}
   */
  token(request: ClientRequest, base: string): Promise<TokenAnswer> {
    return answerToken(this.#services, request, base);
  }

  /**
   * Revokes a token (RFC 7009); a refresh token takes its whole grant along.
   *
   * @throws {OAuthRefusal}
   */
  async revoke(request: ClientRequest): Promise<void> {
    await revokeToken(this.#services, request);
    this.#authenticator.forget();
  }

  /** Removes expired records, a batch at a time; how many. To be called now and then. */
  sweep(): Promise<number> {
    return this.#records.sweep(this.#clock.now(), SWEEP_BATCH);
  }

  /** The grant goes first: from then on a token issued from it at this moment is taken back by its issuer. */
  async #endGrant(grantId: string): Promise<void> {
    await this.#services.grants.end(grantId);
    await this.#services.tokens.removeFamily(grantId);
    this.#authenticator.forget();
  }
}

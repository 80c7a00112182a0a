import type { Clock } from '../kernel/clock.ts';
import type { Json } from '../kernel/json/value.ts';
import { type AccountCheck, Authenticator } from './authenticator.ts';
import {
  type AuthorizationRequest,
  checkAuthorization,
  codeLocation,
  errorLocation,
  findReturnAddress,
  type ReturnAddress,
} from './authorize.ts';
import type { Caller } from './caller.ts';
import { ClientDocuments } from './client-documents/client-documents.ts';
import type { DocumentSource } from './client-documents/source.ts';
import { type Client, Clients, type NewClient } from './clients.ts';
import type { ClientRequest } from './credentials.ts';
import { type Agreed, type Grant, grantIdOf, Grants } from './grants.ts';
import { OAuthRefusal } from './refusal.ts';
import type { Parameters } from './parameters.ts';
import type { RecordStore } from './records.ts';
import { type RegistrationAnswer, registerWithoutAccount, registerWithToken } from './registration.ts';
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
  /** Where clients are read from whose id is a URL; there are none if left out. */
  readonly documents?: DocumentSource | undefined;
  /** Accounts mode: whether a person's account may act. Absent in open mode, where whoever asks has one. */
  readonly isActive?: AccountCheck;
}

/** An authorization request that is in order, and may be agreed to or not. */
export interface Authorization {
  readonly request: AuthorizationRequest;
  readonly to: ReturnAddress;
}

/** How many expired records one sweep removes. */
const SWEEP_BATCH = 1000;

/** Clients, grants and tokens. */
export class Identity {
  readonly #records: RecordStore;
  readonly #clock: Clock;
  readonly #services: TokenServices;
  readonly #authenticator: Authenticator;
  readonly #open: boolean;
  readonly #isActive: AccountCheck;
  constructor({
    records,
    clock,
    publicUrl,
    maxUnusedClients = 10_000,
    isActive,
    documents,
  }: IdentityOptions) {
    this.#open = isActive === undefined;
    this.#isActive = isActive ?? (async () => true);
    this.#records = records;
    this.#clock = clock;
    const tokens = new Tokens(records, clock);
    const grants = new Grants(records, clock);
    const documented = documents && new ClientDocuments(documents, clock);
    const clients = new Clients(records, clock, maxUnusedClients, documented);
    this.#services = { clients, grants, tokens, endGrant: (grantId) => this.#endGrant(grantId) };
    this.#authenticator = new Authenticator(tokens, clock, publicUrl, this.#isActive);
  }

  /** Who sent this bearer token; undefined for one that is no longer, or never was, good here. */
  authenticate(bearer: string): Promise<Caller | undefined> {
    return this.#authenticator.authenticate(bearer);
  }

  /** Whose token has this hash, for what was opened with it; undefined once it is good no more. */
  callerOf(tokenKey: string): Promise<Caller | undefined> {
    return this.#authenticator.callerOf(tokenKey);
  }

  /** What a client calls itself; undefined for one that said nothing, or is gone. */
  async clientName(clientId: string): Promise<string | undefined> {
    return (await this.#services.clients.find(clientId))?.client_name;
  }

  /**
   * Registers a client (RFC 7591); in open mode with a first access token.
   *
   * @throws {OAuthRefusal}
   */
  register(metadata: Json | undefined): Promise<RegistrationAnswer> {
    const register = this.#open ? registerWithToken : registerWithoutAccount;
    return register(this.#services, metadata);
  }

  /**
   * Makes an account with a client of its own, in open mode.
   *
   * @returns the account, a token, and what takes further ones
   */
  async openAccount(name: string) {
    const services = this.#services;
    const {
      client_id,
      client_secret = '',
      access_token = '',
    } = await registerWithToken(services, {
      client_name: name,
      grant_types: ['client_credentials'],
    });
    const account = (await services.clients.find(client_id))?.account ?? '';
    return { account, token: access_token, client_id, client_secret };
  }

  /**
   * Reads an authorization request.
   *
   * @param issuer the origin that the client talks to
   * @returns what may be agreed to, or the address that tells the client what is wrong
   * @throws {OAuthRefusal} what must be shown instead of redirected
   */
  async readAuthorization(parameters: Parameters, issuer: string): Promise<Authorization | string> {
    const to = await findReturnAddress(this.#services.clients, parameters);
    try {
      return { to, request: checkAuthorization(to.client, parameters, issuer) };
    } catch (error) {
      if (!(error instanceof OAuthRefusal)) throw error;
      return errorLocation(to, error, issuer);
    }
  }

  /**
   * Answers an authorization request that an account agrees to.
   *
   * @param agreed what the person was shown
   * @returns the address that hands the client its code
   */
  async approve(
    { to, request }: Authorization,
    account: string,
    issuer: string,
    agreed?: Agreed,
  ): Promise<string> {
    const { challenge, resource, redirectUri, scopes, client } = request;
    const code = await this.#services.grants.open({
      grant: {
        account,
        client_id: client.id,
        scopes,
        ...(resource === undefined ? {} : { resource }),
        ...(agreed === undefined ? {} : { agreed }),
      },
      challenge,
      ...(redirectUri === undefined ? {} : { redirect_uri: redirectUri }),
    });
    if (await this.#isActive(account)) return codeLocation(to, code, issuer);
    // A ban that came meanwhile ended what it saw: not this one.
    await this.#endGrant(grantIdOf(code));
    return this.deny({ to, request }, issuer);
  }

  /** @returns the address that tells the client that nobody agreed (RFC 6749 section 4.1.2.1) */
  deny({ to }: Authorization, issuer: string): string {
    return errorLocation(to, new OAuthRefusal('access_denied', 'The person did not agree.'), issuer);
  }

  /**
   * Answers an authorization request in open mode: approved, under a new account, or refused.
   *
   * @throws {OAuthRefusal} what must be shown instead of redirected
   */
  async authorize(parameters: Parameters, issuer: string): Promise<string> {
    const read = await this.readAuthorization(parameters, issuer);
    return typeof read === 'string' ? read : this.approve(read, newAccountId(), issuer);
  }

  /** What an account agreed to and has not ended. */
  connectionsOf(account: string): Promise<readonly (Grant & { readonly id: string })[]> {
    return this.#services.grants.listOf(account);
  }

  /** Ends what an account agreed to; false where it has no such connection. */
  async disconnect(account: string, grantId: string): Promise<boolean> {
    if ((await this.#services.grants.find(grantId))?.account !== account) return false;
    await this.#endGrant(grantId);
    return true;
  }

  /** The clients that an account made. */
  clientsOf(account: string): Promise<readonly Client[]> {
    return this.#services.clients.listOf(account);
  }

  /** Makes a client that acts for an account by client_credentials. */
  addClient(account: string, name: string): Promise<NewClient> {
    return this.#services.clients.addFor(account, {
      client_name: name,
      redirect_uris: [],
      grant_types: ['client_credentials'],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_basic',
    });
  }

  /** Removes a client that an account made, with its tokens; false where it has none of this id. */
  async removeClient(account: string, id: string): Promise<boolean> {
    if (!(await this.#services.clients.removeOf(account, id))) return false;
    await this.#services.tokens.removeFamily(id);
    this.#authenticator.forget();
    return true;
  }

  /** Ends everything that acts for an account. */
  async endAccount(account: string): Promise<void> {
    for (const { id } of await this.connectionsOf(account)) await this.#endGrant(id);
    for (const { id } of await this.clientsOf(account)) await this.removeClient(account, id);
    this.#authenticator.forget();
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

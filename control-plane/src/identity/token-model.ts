import OAuth2Server from '@node-oauth/oauth2-server';
import type { Client, Clients } from './clients.ts';
import { type CodeTerms, type Grants, grantIdOf } from './grants.ts';
import { sameResource } from './resource.ts';
import { grantedScopes } from './scope.ts';
import type { Tokens } from './tokens.ts';

/** Where the token endpoint keeps things. */
export interface TokenServices {
  readonly clients: Clients;
  readonly grants: Grants;
  readonly tokens: Tokens;
  /** Ends a grant with all its tokens. */
  readonly endGrant: (grantId: string) => Promise<void>;
}

/** What the library does not hand on to its model. */
export interface TokenRequestTerms {
  readonly redirectUri: string | undefined;
  readonly resource: string | undefined;
}

/** For whom a token is issued: the library's `user`. */
interface Holder extends OAuth2Server.User {
  readonly account: string;
  readonly resource: string | undefined;
  /** Absent for client_credentials. */
  readonly grantId?: string;
}

interface LibraryClient extends OAuth2Server.Client {
  readonly registered: Client;
}

/** The store decides about expiry, by our clock; this only keeps the library's own check content. */
const NEVER = new Date(8.64e15);

/** The library's model for one token request: it asks, this answers from our records. */
export class TokenModel {
  readonly #services: TokenServices;
  readonly #terms: TokenRequestTerms;
  constructor(services: TokenServices, terms: TokenRequestTerms) {
    this.#services = services;
    this.#terms = terms;
  }

  async getClient(id: string, secret: string | undefined): Promise<LibraryClient | undefined> {
    const client = await this.#services.clients.verify(id, secret);
    return client && libraryClient(client);
  }

  async getAuthorizationCode(code: string): Promise<OAuth2Server.AuthorizationCode | undefined> {
    const terms = await this.#services.grants.termsOf(code);
    // A code that is gone was spent, and then somebody has copied it (RFC 6749 section 4.1.2), or it expired.
    if (!terms) {
      if (await this.#services.grants.find(grantIdOf(code))) await this.#services.endGrant(grantIdOf(code));
      return undefined;
    }
    this.#checkTerms(terms);
    const client = await this.#services.clients.find(terms.grant.client_id);
    if (!client) return undefined;
    return {
      authorizationCode: code,
      expiresAt: NEVER,
      redirectUri: '',
      scope: [...terms.grant.scopes],
      client: libraryClient(client),
      user: this.#holder(terms.grant.account, terms.grant.resource, grantIdOf(code)),
      codeChallenge: terms.challenge,
      codeChallengeMethod: 'S256',
    };
  }

  async revokeAuthorizationCode(code: OAuth2Server.AuthorizationCode): Promise<boolean> {
    if (await this.#services.grants.spend(code.authorizationCode)) return true;
    await this.#services.endGrant(grantIdOf(code.authorizationCode));
    return false;
  }

  async getRefreshToken(token: string): Promise<OAuth2Server.RefreshToken | undefined> {
    const row = await this.#services.tokens.findRefresh(token);
    if (!row) return undefined;
    const client = await this.#services.clients.find(row.value.client_id);
    const grant = await this.#services.grants.find(row.value.grant);
    if (!client || !grant) return undefined;
    this.#checkResource(grant.resource);
    return {
      refreshToken: token,
      scope: [...grant.scopes],
      client: libraryClient(client),
      user: this.#holder(grant.account, grant.resource, row.value.grant),
    };
  }

  async revokeToken(token: OAuth2Server.RefreshToken): Promise<boolean> {
    const outcome = await this.#services.tokens.spendRefresh(token.refreshToken);
    if (outcome === 'reused') await this.#services.endGrant((token.user as Holder).grantId ?? '');
    return outcome === 'spent';
  }

  async getUserFromClient(client: OAuth2Server.Client): Promise<Holder | undefined> {
    const { account } = (client as LibraryClient).registered;
    return account === undefined ? undefined : this.#holder(account, undefined);
  }

  async validateScope(
    _user: OAuth2Server.User,
    _client: OAuth2Server.Client,
    scope?: string[],
  ): Promise<string[]> {
    return [...grantedScopes(scope?.join(' '))];
  }

  /** Issues what the library drew up, under secrets of our own making. */
  async saveToken(
    draft: OAuth2Server.Token,
    client: OAuth2Server.Client,
    user: OAuth2Server.User,
  ): Promise<OAuth2Server.Token> {
    const { clients, tokens } = this.#services;
    const { account, resource, grantId } = user as Holder;
    const { registered } = client as LibraryClient;
    const scopes = draft.scope ?? ['mcp'];
    const access = {
      account,
      client_id: registered.id,
      scopes,
      ...(resource === undefined ? {} : { resource }),
    };
    const refreshable = grantId !== undefined && registered.grant_types.includes('refresh_token');
    const [accessToken, refreshToken] = await Promise.all([
      tokens.issueAccess(access, grantId ?? registered.id),
      refreshable ? tokens.issueRefresh({ grant: grantId, client_id: registered.id }) : undefined,
      clients.markUsed(registered.id),
    ]);
    if (grantId !== undefined) await this.#confirm(grantId);
    else await this.#confirmClient(registered.id);
    return {
      accessToken,
      ...(refreshToken === undefined ? {} : { refreshToken }),
      scope: scopes,
      client,
      user,
    };
  }

  /** The grant may have ended while tokens were issued from it; then they go too. */
  async #confirm(grantId: string): Promise<void> {
    if (await this.#services.grants.prolong(grantId)) return;
    await this.#services.endGrant(grantId);
    throw new OAuth2Server.InvalidGrantError('The grant has ended.');
  }

  /** So may a client that was removed meanwhile. */
  async #confirmClient(id: string): Promise<void> {
    if (await this.#services.clients.find(id)) return;
    await this.#services.tokens.removeFamily(id);
    throw new OAuth2Server.InvalidClientError('The client is gone.');
  }

  #holder(account: string, resource: string | undefined, grantId?: string): Holder {
    const bound = resource ?? this.#terms.resource;
    return { account, resource: bound, ...(grantId === undefined ? {} : { grantId }) };
  }

  /** Checked here, since the library would answer a wrong redirect_uri with another code than RFC 6749. */
  #checkTerms(terms: CodeTerms): void {
    if (terms.redirect_uri !== undefined && terms.redirect_uri !== this.#terms.redirectUri) {
      throw new OAuth2Server.InvalidGrantError('The redirect_uri is not the one that was authorized.');
    }
    this.#checkResource(terms.grant.resource);
  }

  /** RFC 8707 section 2.2: a token request asks for a resource that was authorized. */
  #checkResource(authorized: string | undefined): void {
    const asked = this.#terms.resource;
    if (asked === undefined || authorized === undefined || sameResource(asked, authorized)) return;
    throw new OAuth2Server.OAuthError('The resource is not the one that was authorized.', {
      code: 400,
      name: 'invalid_target',
    });
  }
}

function libraryClient(client: Client): LibraryClient {
  return {
    id: client.id,
    grants: [...client.grant_types],
    redirectUris: [...client.redirect_uris],
    registered: client,
  };
}

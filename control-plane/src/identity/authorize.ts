import type { Client, Clients } from './clients.ts';
import type { Parameters } from './parameters.ts';
import { redirectUriMatches, redirectWith } from './redirect-uri.ts';
import { OAuthRefusal } from './refusal.ts';
import { isOwnResource } from './resource.ts';
import { grantedScopes } from './scope.ts';

/** A valid authorization request (RFC 6749 section 4.1.1), to be approved. */
export interface AuthorizationRequest {
  readonly client: Client;
  readonly scopes: readonly string[];
  readonly challenge: string;
  readonly resource: string | undefined;
  /** As the request named it; undefined when it left that to the registration. */
  readonly redirectUri: string | undefined;
}

/** Where the answer goes: known before the rest of the request is judged. */
export interface ReturnAddress {
  readonly client: Client;
  readonly uri: string;
  readonly state: string | undefined;
}

/**
 * Finds out where an authorization request may be answered.
 *
 * @throws {OAuthRefusal} to be shown to the person, not redirected: client or address cannot be trusted
 *   (RFC 6749 section 4.1.2.1).
 */
export async function findReturnAddress(clients: Clients, parameters: Parameters): Promise<ReturnAddress> {
  const { values, repeated } = parameters;
  const id = values.get('client_id');
  if (id === undefined || repeated.has('client_id')) {
    throw new OAuthRefusal('invalid_request', 'The request must name one client_id.');
  }
  const client = await clients.find(id);
  if (!client) {
    throw new OAuthRefusal(
      'invalid_client',
      'This client is not registered here, or its registration has expired.',
    );
  }
  const uri = pickRedirectUri(client, values.get('redirect_uri'), repeated.has('redirect_uri'));
  return { client, uri, state: repeated.has('state') ? undefined : values.get('state') };
}

function pickRedirectUri(client: Client, asked: string | undefined, repeated: boolean): string {
  if (repeated) throw new OAuthRefusal('invalid_request', 'The request must name one redirect_uri.');
  const registered = client.redirect_uris;
  if (asked === undefined) {
    if (registered.length === 1 && registered[0] !== undefined) return registered[0];
    throw new OAuthRefusal(
      'invalid_request',
      'The request must name one of the redirect URIs of the client.',
    );
  }
  if (registered.some((uri) => redirectUriMatches(uri, asked))) return asked;
  throw new OAuthRefusal('invalid_request', 'The redirect_uri is not one that the client has registered.');
}

/**
 * Checks the rest of an authorization request.
 *
 * @param base the origin that the client talks to, which a resource indicator must name
 * @throws {OAuthRefusal} to be redirected to the client.
 */
export function checkAuthorization(
  client: Client,
  parameters: Parameters,
  base: string,
): AuthorizationRequest {
  const { values, repeated } = parameters;
  const refuse = (description: string) => new OAuthRefusal('invalid_request', description);
  if (repeated.size > 0) throw refuse('A parameter is given more than once.');
  if (!client.grant_types.includes('authorization_code')) {
    throw new OAuthRefusal(
      'unauthorized_client',
      'The client is not registered for the authorization_code grant.',
    );
  }
  const responseType = values.get('response_type');
  if (responseType === undefined) throw refuse('The response_type is missing.');
  if (responseType !== 'code')
    throw new OAuthRefusal('unsupported_response_type', 'The response_type must be code.');
  if ((values.get('response_mode') ?? 'query') !== 'query') throw refuse('The response_mode must be query.');
  const challenge = values.get('code_challenge');
  if (challenge === undefined) throw refuse('PKCE is required: the code_challenge is missing.');
  // Without a method the standard means plain, which protects nothing here (RFC 9700 section 2.1.1).
  if (values.get('code_challenge_method') !== 'S256') throw refuse('The code_challenge_method must be S256.');
  if (!/^[\w-]{43}$/.test(challenge)) throw refuse('The code_challenge is not a base64url SHA-256.');
  const resource = values.get('resource');
  if (resource !== undefined && !isOwnResource(resource, base)) {
    throw new OAuthRefusal('invalid_target', 'The resource is not one of this server.');
  }
  return {
    client,
    challenge,
    resource,
    scopes: grantedScopes(values.get('scope')),
    redirectUri: values.get('redirect_uri'),
  };
}

/** The redirect that hands over a code, with the issuer (RFC 9207). */
export function codeLocation(to: ReturnAddress, code: string, issuer: string): string {
  return redirectWith(to.uri, { code, state: to.state, iss: issuer });
}

/** The redirect that reports an error (RFC 6749 section 4.1.2.1), with the issuer (RFC 9207). */
export function errorLocation(to: ReturnAddress, refusal: OAuthRefusal, issuer: string): string {
  return redirectWith(to.uri, { ...refusal.toAnswer(), state: to.state, iss: issuer });
}

import { type Parameters, refuseRepeated } from './parameters.ts';
import { OAuthRefusal } from './refusal.ts';

/** A request to the token or revocation endpoint. */
export interface ClientRequest {
  readonly parameters: Parameters;
  /** The Authorization header. */
  readonly authorization: string | undefined;
}

export interface ClientCredentials {
  readonly id: string;
  readonly secret: string | undefined;
}

/**
 * The credentials that a client sends, by HTTP Basic or in the body (RFC 6749 section 2.3.1). Both at once
 * are accepted only if they say the same.
 *
 * @throws {OAuthRefusal} invalid_request or invalid_client.
 */
export function readCredentials({ parameters, authorization }: ClientRequest): ClientCredentials {
  refuseRepeated(parameters);
  const id = parameters.values.get('client_id');
  const secret = parameters.values.get('client_secret');
  const basic = readBasic(authorization);
  if (!basic) {
    if (id === undefined) throw new OAuthRefusal('invalid_client', 'The client credentials are missing.');
    return { id, secret };
  }
  if ((id ?? basic.id) !== basic.id || (secret ?? basic.secret) !== basic.secret) {
    throw new OAuthRefusal('invalid_request', 'The credentials in the header and in the body differ.');
  }
  return basic;
}

function readBasic(authorization: string | undefined): ClientCredentials | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) {
    if (!/^basic\b/i.test(authorization ?? '')) return undefined;
    throw new OAuthRefusal('invalid_client', 'The Basic credentials cannot be read.');
  }
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) throw new OAuthRefusal('invalid_client', 'The Basic credentials cannot be read.');
  // Our ids and secrets are of characters that form encoding leaves alone, so there is nothing to decode.
  return { id: text.slice(0, colon), secret: text.slice(colon + 1) || undefined };
}

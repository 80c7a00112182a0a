import { JsonError, parseJsonBytes } from '../../kernel/json/parse.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json/value.ts';
import { type ClientMetadata, parseClientMetadata } from '../client-metadata.ts';
import { OAuthRefusal } from '../refusal.ts';

/** Values in a document: honest ones have some 30. */
const MAX_VALUES = 1000;
/** There is no secret between such a client and us (section 4.1 of the draft). */
const FORBIDDEN = ['client_secret', 'client_secret_expires_at'];
/** What a client without a secret can do here. Others that a document lists are for other servers. */
const GRANTS = ['authorization_code', 'refresh_token'];

/**
 * Reads the document of a client (draft-ietf-oauth-client-id-metadata-document-02 section 4) by the rules of
 * registration. Only public clients are taken; members that we do not know are ignored.
 *
 * @param clientId the address that the document was read from
 * @throws {OAuthRefusal} invalid_client
 */
export function parseClientDocument(clientId: string, body: Uint8Array): ClientMetadata {
  const document = parseObject(body);
  if (document['client_id'] !== clientId) throw refuse('Its client_id is not its own address.');
  if (FORBIDDEN.some((name) => Object.hasOwn(document, name))) throw refuse('It has a client_secret.');
  requirePublic(document);
  const registration: Record<string, Json> = { token_endpoint_auth_method: 'none' };
  for (const name of ['client_name', 'redirect_uris', 'scope']) registration[name] = document[name] ?? null;
  registration['grant_types'] = known(document, 'grant_types', GRANTS, 'authorization_code');
  registration['response_types'] = known(document, 'response_types', ['code'], 'code');
  try {
    return parseClientMetadata(registration);
  } catch (error) {
    throw error instanceof OAuthRefusal ? refuse(error.message) : error;
  }
}

function parseObject(body: Uint8Array): JsonObject {
  try {
    const value = parseJsonBytes(body, { maxValues: MAX_VALUES });
    if (isJsonObject(value)) return value;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
  }
  throw refuse('It is not a JSON object of one meaning.');
}

/**
 * A client that prefers to prove itself by a key may say that it can do without, in the list of
 * OpenID Connect Relying Party Metadata Choices 1.0: ChatGPT's does. A document that names no method cannot
 * mean the default of RFC 7591, which needs a secret.
 */
function requirePublic(document: JsonObject): void {
  const method = document['token_endpoint_auth_method'] ?? 'none';
  const offered = document['token_endpoint_auth_methods_supported'];
  if (method === 'none' || (Array.isArray(offered) && offered.includes('none'))) return;
  throw refuse('This server takes such clients with token_endpoint_auth_method none only.');
}

/** The items of a list that we know, which must include one; null for a document without the list. */
function known(document: JsonObject, name: string, items: readonly string[], needed: string): Json {
  const list = document[name] ?? null;
  if (list === null) return null;
  if (!Array.isArray(list) || !list.includes(needed)) throw refuse(`Its ${name} are without ${needed}.`);
  return items.filter((item) => list.includes(item));
}

function refuse(problem: string): OAuthRefusal {
  return new OAuthRefusal('invalid_client', `The document of the client is not valid. ${problem}`);
}

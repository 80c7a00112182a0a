import { OAuthRefusal } from '../refusal.ts';

/** No client in use has more than 100; the id is kept with every token. */
const MAX_LENGTH = 512;
/** Ports below belong to other services than the web, which ours must not be made to speak to. */
const FIRST_FREE_PORT = 1024;

/** RFC 3986 section 2; a parser may take others for one of these. */
const URI_CHARACTERS = /^[\w.~:/?#[\]@!$&'()*+,;=%-]+$/;

/** True for a client id that is the address of a document; ids that we give out never look so. */
export function isDocumentUrl(clientId: string): boolean {
  return clientId.startsWith('https://');
}

/** The host that vouches for a client by its document; undefined for a client that is registered. */
export function documentHostOf(clientId: string): string | undefined {
  return isDocumentUrl(clientId) ? parseDocumentUrl(clientId).host : undefined;
}

/**
 * Reads a client id as the address of its document
 * (draft-ietf-oauth-client-id-metadata-document-02 section 3). Ids are compared as text, so only the normal
 * form of a URL is taken: another spelling would be another client. That refuses dot segments too.
 *
 * @throws {OAuthRefusal} invalid_client
 */
export function parseDocumentUrl(clientId: string): URL {
  if (clientId.length > MAX_LENGTH) throw refuse(`is longer than ${MAX_LENGTH} characters`);
  const url = URI_CHARACTERS.test(clientId) ? URL.parse(clientId) : null;
  if (url === null || url.protocol !== 'https:') throw refuse('is not an https URL');
  if (url.username !== '' || url.password !== '') throw refuse('has a user name or a password');
  if (clientId.includes('#')) throw refuse('has a fragment');
  if (url.pathname === '/') throw refuse('has no path');
  // What is asked for, to the letter: the URL type keeps an empty query, which HTTP does not send.
  if (url.origin + url.pathname + url.search !== clientId) throw refuse('is not in the normal form of a URL');
  if (url.port !== '' && Number(url.port) < FIRST_FREE_PORT) throw refuse('has a port of another service');
  return url;
}

function refuse(problem: string): OAuthRefusal {
  return new OAuthRefusal('invalid_client', `The client_id is a URL that ${problem}.`);
}

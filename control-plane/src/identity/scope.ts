import { OAuthRefusal } from './refusal.ts';

/** `mcp` is everything; `offline_access` is accepted because clients ask for it to get a refresh token. */
export const SCOPES = ['mcp', 'offline_access'] as const;

/**
 * The scopes that a request gets: those it asks for that exist (RFC 6749 section 3.3 lets a server ignore
 * the others), or `mcp` when it asks for none.
 *
 * @throws {OAuthRefusal} invalid_scope when it asks only for scopes that do not exist.
 */
export function grantedScopes(asked: string | undefined): readonly string[] {
  const names = new Set((asked ?? 'mcp').split(' ').filter((name) => name !== ''));
  const known = SCOPES.filter((scope) => names.has(scope));
  if (known.length === 0)
    throw new OAuthRefusal('invalid_scope', 'The scopes here are mcp and offline_access.');
  // offline_access alone would be a token that may do nothing.
  return known.includes('mcp') ? known : ['mcp', ...known];
}

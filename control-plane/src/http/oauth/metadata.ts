import { AUTH_METHODS, GRANT_TYPES } from '../../identity/client-metadata.ts';
import { RESOURCE_PATHS } from '../../identity/resource.ts';
import { SCOPES } from '../../identity/scope.ts';

type ResourcePath = (typeof RESOURCE_PATHS)[number];

/**
 * The protected resource metadata (RFC 9728 section 2) of MCP at one of its addresses. `resource` is exactly
 * the address: clients compare.
 */
export function resourceMetadata(base: string, path: ResourcePath) {
  return {
    resource: base + path,
    authorization_servers: [base],
    scopes_supported: ['mcp'],
    bearer_methods_supported: ['header'],
    resource_name: 'MCP Multiplayer',
  };
}

/**
 * The authorization server metadata (RFC 8414 section 2). The issuer has no trailing slash: clients compare.
 *
 * @param clientDocuments whether clients may come with the address of a document as their id
 */
export function serverMetadata(base: string, clientDocuments: boolean) {
  return {
    issuer: base,
    authorization_endpoint: `${base}/oauth/authorize`,
    token_endpoint: `${base}/token`,
    registration_endpoint: `${base}/register`,
    revocation_endpoint: `${base}/revoke`,
    scopes_supported: SCOPES,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: GRANT_TYPES,
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    revocation_endpoint_auth_methods_supported: AUTH_METHODS,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    ...(clientDocuments ? { client_id_metadata_document_supported: true } : {}),
  };
}

/**
 * Every address of each document. RFC 8414 section 3 puts the well-known part before a path; older clients
 * append it, and some ask for OpenID's name of the same document.
 */
export const METADATA_PATHS = {
  resource: RESOURCE_PATHS.map((path) => ({ path, url: `/.well-known/oauth-protected-resource${path}` })),
  server: [
    '/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server/mcp',
    '/.well-known/openid-configuration',
    '/.well-known/openid-configuration/mcp',
    '/mcp/.well-known/openid-configuration',
  ],
} as const;

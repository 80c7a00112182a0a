/** Where MCP is served: each is a protected resource with a metadata document of its own (RFC 9728). */
export const RESOURCE_PATHS = ['', '/mcp'] as const;

/**
 * True for a resource indicator (RFC 8707) that names this server at `base`, an origin without trailing
 * slash. A trailing slash makes no difference: libraries that go through the URL type add one.
 */
export function isOwnResource(resource: string, base: string): boolean {
  const exact = resource.endsWith('/') ? resource.slice(0, -1) : resource;
  return RESOURCE_PATHS.some((path) => exact === base + path);
}

/** True when two resource indicators name the same resource. */
export function sameResource(one: string, other: string): boolean {
  return one.replace(/\/$/, '') === other.replace(/\/$/, '');
}

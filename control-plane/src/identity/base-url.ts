const LOOPBACK_ORIGIN = /^https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/;

/**
 * The origin under which a request reached this server, without trailing slash: issuer and resource must be
 * what the client was given. That is `publicUrl`, except that on loopback the Host header decides, since
 * there `localhost` and `127.0.0.1` are the same server, and a forwarded port a port of ours. No other Host
 * is believed.
 *
 * @param publicUrl an origin without trailing slash
 */
export function baseUrl(publicUrl: string, host: string | undefined): string {
  if (host === undefined || !isLoopbackOrigin(publicUrl)) return publicUrl;
  const local = `${new URL(publicUrl).protocol}//${host.toLowerCase()}`;
  return isLoopbackOrigin(local) ? local : publicUrl;
}

/** True for a loopback name, in the spelling that browsers send. */
export function isLoopbackOrigin(origin: string): boolean {
  return LOOPBACK_ORIGIN.test(origin);
}

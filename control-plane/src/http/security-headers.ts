/** Header names and values. */
export type AnswerHeaders = Readonly<Record<string, string>>;

/** Nothing here is a page to frame, sniff or cache. */
const EVERYWHERE: AnswerHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * Headers of every answer.
 *
 * @param publicUrl where it is https, browsers are told to come by no other way for a year (RFC 6797)
 */
export function securityHeaders(publicUrl: string): AnswerHeaders {
  const secure = publicUrl.startsWith('https:');
  return { ...EVERYWHERE, ...(secure ? { 'strict-transport-security': 'max-age=31536000' } : {}) };
}

import type { FastifyReply } from 'fastify';
import { escapeHtml } from '../html.ts';
import type { OAuthRefusal } from '../../identity/refusal.ts';

/** Nothing on the page loads, runs or can be framed. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
};

/** Tells a person why an authorization request cannot be answered to the client. */
export function refusalPage(reply: FastifyReply, status: number, refusal: OAuthRefusal): FastifyReply {
  return reply
    .code(status === 401 || status === 403 ? 400 : status)
    .headers(HEADERS)
    .send(
      `<!doctype html><html lang="en"><title>Cannot connect</title><h1>Cannot connect</h1>` +
        `<p>${escapeHtml(refusal.message)}</p>` +
        `<p>Remove the connection in your client, add it again, and retry.</p>` +
        `<p><small>${escapeHtml(refusal.code)}</small></p></html>\n`,
    );
}

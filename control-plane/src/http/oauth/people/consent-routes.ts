import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '../../../accounts/accounts.ts';
import type { AccountRefusal } from '../../../accounts/refusal.ts';
import { documentHostOf } from '../../../identity/client-documents/url.ts';
import type { Authorization } from '../../../identity/identity.ts';
import { type Parameters, parseForm } from '../../../identity/parameters.ts';
import { queryOf } from '../query-of.ts';
import { consentPage, destinationOf } from './pages/consent.ts';
import { strangersText } from '../../html.ts';
import { sendPage } from './pages/layout.ts';
import { goTo, type PageContext, whoIs, withForm } from './people.ts';
import { setStatus, showSignIn } from './sign-in-routes.ts';

/** The authorization endpoint where people are asked (RFC 6749 section 3.1). */
export function consentRoutes(app: FastifyInstance, context: PageContext): void {
  app.get('/oauth/authorize', { exposeHeadRoute: false }, (request, reply) =>
    ask(context, queryOf(request), request, reply),
  );
  app.post('/oauth/authorize', (request, reply) => {
    const again = (form: Parameters['values'], refused: AccountRefusal) =>
      ask(context, form.get('request') ?? '', request, reply, refused);
    return withForm(context, request, again, (form) => decide(context, form, request, reply));
  });
}

async function decide(
  context: PageContext,
  form: Parameters['values'],
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { identity, baseOf } = context;
  const query = form.get('request') ?? '';
  const base = baseOf(request);
  const account = await whoIs(context, request);
  if (!account) return ask(context, query, request, reply);
  // Read again, not believed: the form may hold any request, and the client may be gone.
  const read = await identity.readAuthorization(parseForm(query), base);
  if (typeof read === 'string') return leave(reply, read);
  const isAllowed = form.get('decision') === 'allow';
  return leave(reply, isAllowed ? await allow(context, read, account, base) : identity.deny(read, base));
}

async function ask(
  context: PageContext,
  query: string,
  request: FastifyRequest,
  reply: FastifyReply,
  refused?: AccountRefusal,
) {
  const { identity, baseOf, browser } = context;
  const read = await identity.readAuthorization(parseForm(query), baseOf(request));
  if (typeof read === 'string') return leave(reply, read);
  const account = await whoIs(context, request);
  if (!account) return showSignIn(context, request, reply, { returnTo: `/oauth/authorize?${query}` });
  if (refused) setStatus(reply, refused);
  return sendPage(
    reply,
    consentPage({
      token: browser.formToken(request, reply),
      request: query,
      clientName: read.to.client.client_name,
      documentHost: documentHostOf(read.to.client.id),
      destination: destinationOf(read.to.uri),
      scopes: read.request.scopes,
      account: account.name,
      ...(refused === undefined ? {} : { refused: refused.message }),
    }),
  );
}

function allow({ identity, clock }: PageContext, read: Authorization, account: Account, base: string) {
  return identity.approve(read, account.id, base, {
    client_name: strangersText(read.to.client.client_name ?? ''),
    destination: destinationOf(read.to.uri),
    at: clock.now(),
  });
}

/** Away to the client: nothing of our address goes along. */
function leave(reply: FastifyReply, location: string): FastifyReply {
  return goTo(reply.header('referrer-policy', 'no-referrer'), location);
}

import cookie from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AccountRefusal } from '../../../accounts/refusal.ts';
import { CodedError } from '../../../kernel/errors.ts';
import { setRetryAfter } from '../../errors.ts';
import { answerError } from '../errors.ts';
import { acceptForms } from '../form.ts';
import { accountRoutes } from './account-routes.ts';
import { consentRoutes } from './consent-routes.ts';
import { elsewhereRoutes } from './elsewhere-routes.ts';
import { html } from '../../html.ts';
import { sendPage } from './pages/layout.ts';
import { goTo, type PageContext, wantsJson } from './people.ts';
import { setStatus, signInRoutes } from './sign-in-routes.ts';

/** Addresses that stay in the address bar after a form was answered, and are asked for again from there. */
const FORMS = [
  '/signup',
  '/signout',
  ...['disconnect', 'clients', 'clients/remove', 'password'].map((form) => `/account/${form}`),
];

/** The pages on which people sign in, agree to clients, and end them. They work without JavaScript. */
export function accountPages(context: PageContext): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    await app.register(cookie);
    acceptForms(app);
    app.setErrorHandler(answerPageError);
    signInRoutes(app, context);
    consentRoutes(app, context);
    accountRoutes(app, context);
    for (const url of FORMS) app.get(url, async (_request, reply) => goTo(reply, '/account'));
    if (context.upstream) elsewhereRoutes(app, context, context.upstream);
  };
}

async function answerPageError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof CodedError && error.status === 429 && !wantsJson(request)) {
    setRetryAfter(reply.code(error.status), error);
    return sendPage(reply, { title: 'Too many requests', body: html`<p>Wait a minute, then try again.</p>` });
  }
  if (!(error instanceof AccountRefusal)) return answerError(error, request, reply);
  if (error.status >= 500) request.log.warn({ reason: reasonOf(error) }, 'a sign-in failed');
  setStatus(reply, error);
  if (wantsJson(request)) return reply.send({ error: error.reason, message: error.message });
  const body = html`<p>${error.message}</p><p><a href="/account">Go to your account</a>, or start again in your client.</p>`;
  return sendPage(reply, { title: 'That did not work', body });
}

/** The kind of a failure alone: what a provider's answer held stays out of the log. */
function reasonOf({ cause, reason }: AccountRefusal): string {
  if (!(cause instanceof Error)) return reason;
  return 'code' in cause && typeof cause.code === 'string' ? `${cause.name} ${cause.code}` : cause.name;
}

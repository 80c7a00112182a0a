import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AccountRefusal } from '../../../accounts/refusal.ts';
import type { SignedIn } from '../../../accounts/sign-in.ts';
import type { Parameters } from '../../../identity/parameters.ts';
import { sendPage } from './pages/layout.ts';
import { signInPage } from './pages/sign-in.ts';
import { goTo, type PageContext, readForm, visitorOf, wantsJson, whoIs, withForm } from './people.ts';
import { returnPlace } from './return-to.ts';

/** Signing in, up and out, with a name and a password. */
export function signInRoutes(app: FastifyInstance, context: PageContext): void {
  const { signIn, browser } = context;
  app.get<{ Querystring: { return_to?: unknown } }>('/signin', async (request, reply) => {
    const returnTo = returnPlace(request.query.return_to);
    if (wantsJson(request)) return { form_token: browser.formToken(request, reply) };
    if (await whoIs(context, request)) return goTo(reply, returnTo);
    return showSignIn(context, request, reply, { returnTo });
  });
  const enter =
    (how: (form: Parameters['values'], request: FastifyRequest) => Promise<SignedIn>) =>
    (request: FastifyRequest, reply: FastifyReply) => {
      const again = (form: Parameters['values'], refused: AccountRefusal) =>
        showSignIn(context, request, reply, {
          returnTo: returnPlace(form.get('return_to')),
          name: form.get('name') ?? '',
          refused,
        });
      const goOn = async (form: Parameters['values'], refused: AccountRefusal) =>
        (await whoIs(context, request))
          ? goTo(reply, returnPlace(form.get('return_to')))
          : again(form, refused);
      return withForm(context, request, goOn, async (form) => {
        try {
          browser.keepSignedIn(reply, await how(form, request));
        } catch (error) {
          if (!(error instanceof AccountRefusal) || wantsJson(request)) throw error;
          return again(form, error);
        }
        return wantsJson(request) ? {} : goTo(reply, returnPlace(form.get('return_to')));
      });
    };
  const of = (form: Parameters['values'], name: string) => form.get(name) ?? '';
  app.post(
    '/signin',
    enter((form, request) =>
      signIn.signIn(of(form, 'name'), of(form, 'password'), visitorOf(context, request)),
    ),
  );
  app.post(
    '/signup',
    enter((form, request) =>
      signIn.signUp(
        of(form, 'access_code').trim(),
        of(form, 'name'),
        of(form, 'password'),
        visitorOf(context, request),
      ),
    ),
  );
  app.post('/signout', async (request, reply) => {
    const form = readForm(context, request);
    const session = browser.read(request, 'session');
    const account = await whoIs(context, request);
    if (form.get('everywhere') === 'true' && account) await context.sessions.closeAll(account.id);
    if (session !== undefined) await context.sessions.close(session);
    browser.clear(reply, 'session');
    return wantsJson(request) ? {} : goTo(reply, returnPlace(form.get('return_to')));
  });
}

/** Shows the page on which people sign in, with what was wrong with the last try. */
export function showSignIn(
  context: PageContext,
  request: FastifyRequest,
  reply: FastifyReply,
  {
    returnTo,
    name,
    refused,
  }: { readonly returnTo: string; readonly name?: string; readonly refused?: AccountRefusal },
): FastifyReply {
  if (refused) setStatus(reply, refused);
  const page = signInPage({
    token: context.browser.formToken(request, reply),
    returnTo,
    ...(name === undefined ? {} : { name: name.slice(0, 64) }),
    ...(refused === undefined ? {} : { refused: refused.message }),
    ...(context.upstream === undefined ? {} : { elsewhere: context.upstream.title }),
  });
  return sendPage(reply, page);
}

/** The status of a refusal, and when to come back. */
export function setStatus(reply: FastifyReply, refused: AccountRefusal): void {
  reply.code(refused.status);
  if (refused.retryAfterS !== undefined) reply.header('retry-after', String(refused.retryAfterS));
}

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AccountRefusal } from '../../../accounts/refusal.ts';
import type { Upstream } from '../../../accounts/upstream.ts';
import { sendPage } from './pages/layout.ts';
import { accessCodePage, goingPage } from './pages/sign-in.ts';
import { goTo, type PageContext, readForm, visitorOf } from './people.ts';
import { returnPlace } from './return-to.ts';
import { setStatus } from './sign-in-routes.ts';

const CALLBACK = '/signin/callback';

/** Signing in at an OpenID Connect provider. */
export function elsewhereRoutes(app: FastifyInstance, context: PageContext, upstream: Upstream): void {
  const { signIn, browser, baseOf } = context;
  const secretOf = (request: FastifyRequest) => browser.read(request, 'elsewhere') ?? '';
  app.post('/signin/elsewhere', async (request, reply) => {
    const form = readForm(context, request);
    const { location, secret } = await upstream.begin(
      baseOf(request) + CALLBACK,
      returnPlace(form.get('return_to')),
      secretOf(request),
    );
    browser.write(reply, 'elsewhere', secret);
    return sendPage(reply, goingPage(upstream.title, location));
  });
  app.get(CALLBACK, async (request, reply) => {
    const answer = new URL(request.url, baseOf(request));
    const { person, returnTo } = await upstream.finish(answer, secretOf(request));
    const signedIn =
      (await signIn.signInElsewhere(person.login)) ??
      (upstream.open
        ? await signIn.signUpElsewhere(person, undefined, visitorOf(context, request))
        : undefined);
    if (!signedIn) {
      browser.write(reply, 'elsewhere', await upstream.keep(person, returnTo));
      return sendPage(reply, accessCodePage(browser.formToken(request, reply), person.name));
    }
    // The cookie stays for a sign-in that waits in another tab.
    browser.keepSignedIn(reply, signedIn);
    return goTo(reply, returnTo);
  });
  app.post('/signup/elsewhere', async (request, reply) => {
    const code = (readForm(context, request).get('access_code') ?? '').trim();
    const { person, returnTo } = await upstream.kept(secretOf(request));
    try {
      browser.keepSignedIn(reply, await signIn.signUpElsewhere(person, code, visitorOf(context, request)));
    } catch (error) {
      if (!(error instanceof AccountRefusal)) throw error;
      setStatus(reply, error);
      return sendPage(reply, accessCodePage(browser.formToken(request, reply), person.name, error.message));
    }
    browser.clear(reply, 'elsewhere');
    return goTo(reply, returnTo);
  });
}

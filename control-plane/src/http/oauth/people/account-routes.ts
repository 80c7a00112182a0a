import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '../../../accounts/accounts.ts';
import { AccountRefusal } from '../../../accounts/refusal.ts';
import type { Parameters } from '../../../identity/parameters.ts';
import { strangersText } from '../../html.ts';
import { type AccountPageOptions, accountPage } from './pages/account.ts';
import { sendPage } from './pages/layout.ts';
import { goTo, type PageContext, readForm, wantsJson, whoIs } from './people.ts';
import { setStatus, showSignIn } from './sign-in-routes.ts';
import { viewOf } from './view.ts';

const MAX_CLIENTS = 50;

/** What stands above the page. */
type Told = Pick<AccountPageOptions, 'said' | 'refused' | 'made'>;

/** What a form did; with a place where the person goes on elsewhere. */
type Done = Told & { readonly place?: string };

/** What a signed-in person sees and ends. */
export function accountRoutes(app: FastifyInstance, context: PageContext): void {
  const { identity, care, browser } = context;
  const show = async (request: FastifyRequest, reply: FastifyReply, account: Account, more: Told = {}) => {
    const view = await viewOf(account, identity);
    if (wantsJson(request))
      return reply.send({ ...view, form_token: browser.formToken(request, reply), ...more });
    return sendPage(reply, accountPage({ token: browser.formToken(request, reply), view, ...more }));
  };
  const signedIn =
    (act: (account: Account, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const account = await whoIs(context, request);
      if (account) return act(account, request, reply);
      if (wantsJson(request)) return reply.code(401).send({ error: 'Sign in first.' });
      return showSignIn(context, request, reply, { returnTo: '/account' });
    };
  /** A form of the account page: what it did, or why it was refused, is told above the page. */
  const form = (
    url: string,
    act: (account: Account, values: Parameters['values'], reply: FastifyReply) => Promise<Done>,
  ) =>
    app.post(
      url,
      signedIn(async (account, request, reply) => {
        const attempt = async () => act(account, readForm(context, request), reply);
        const { place, ...told } = await attempt().catch((error: unknown): Done => {
          if (!(error instanceof AccountRefusal)) throw error;
          setStatus(reply, error);
          return { refused: error.message };
        });
        return place === undefined ? show(request, reply, account, told) : goTo(reply, place);
      }),
    );

  app.get(
    '/account',
    signedIn((account, request, reply) => show(request, reply, account)),
  );
  form('/account/disconnect', async ({ id }, values) => {
    const ended = await identity.disconnect(id, values.get('id') ?? '');
    return { said: ended ? 'The client is disconnected.' : 'There is no such connection any more.' };
  });
  form('/account/clients', async ({ id }, values) => {
    if ((await identity.clientsOf(id)).length >= MAX_CLIENTS)
      return { said: `There are ${MAX_CLIENTS} clients already: remove one first.` };
    const { client, secret = '' } = await identity.addClient(id, strangersText(values.get('name') ?? ''));
    return { made: { client_id: client.id, client_secret: secret } };
  });
  form('/account/clients/remove', async ({ id }, values) => {
    const removed = await identity.removeClient(id, values.get('id') ?? '');
    return { said: removed ? 'The client is removed.' : 'There is no such client any more.' };
  });
  form('/account/password', async ({ id }, values, reply) => {
    await care.changePassword(id, values.get('current') ?? '', values.get('next') ?? '');
    browser.clear(reply, 'session');
    return { place: '/account' };
  });
}

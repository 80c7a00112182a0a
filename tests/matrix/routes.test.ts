import { expect, it } from 'vitest';
import { tally } from '../support/tally.ts';
import { routesOf } from './support/routes.ts';
import { openWorld } from './support/world.ts';

type Statuses = readonly [nobody: number, revoked: number, member: number];

const OPEN: Statuses = [200, 200, 200];
/** Whoever calls; an empty request is a bad one. */
const ASKS: Statuses = [400, 400, 400];
/** A member's empty request is a bad one, everybody else's is not read. */
const CALL: Statuses = [401, 401, 400];
/** A person's: a bearer token opens no page. */
const PAGE: Statuses = [200, 200, 200];
/** Leads to the account page. */
const AWAY: Statuses = [303, 303, 303];
const FORM: Statuses = [403, 403, 403];

const ROUTES: Readonly<Record<string, Statuses>> = {
  // To the documentation.
  'GET /': [302, 302, 302],
  'POST /': CALL,
  'GET /mcp': [401, 401, 405],
  'POST /mcp': CALL,
  'DELETE /mcp': [401, 401, 405],
  'GET /health': OPEN,
  'GET /health_check': OPEN,
  'GET /ready': OPEN,
  'GET /docs': OPEN,
  'GET /openapi.json': OPEN,
  'POST /create_channel': CALL,
  'POST /join_channel': CALL,
  'POST /post_message': CALL,
  'POST /dm_bot': CALL,
  'GET /sync_messages': CALL,
  'GET /get_channel_info': CALL,
  'GET /who': CALL,
  'GET /get_bot_code': CALL,
  'GET /list_channels': [401, 401, 200],
  'POST /update_channel': CALL,
  'POST /attach_bot': CALL,
  'POST /api/v1/agents/register': CALL,
  'POST /api/v1/agents/deregister': CALL,
  'GET /api/v1/agents': [401, 401, 200],
  'POST /api/v1/messages': CALL,
  // Who has no agent gets one: what is sent to it may be read right away.
  'GET /api/v1/messages': [401, 401, 200],
  'GET /api/v1/receipts': CALL,
  'GET /api/v1/dead_letters': [401, 401, 200],
  'POST /api/v1/tickets': [401, 401, 200],
  'GET /ws/:agent_id': [401, 401, 426],
  'GET /.well-known/oauth-protected-resource': OPEN,
  'GET /.well-known/oauth-protected-resource/mcp': OPEN,
  'GET /.well-known/oauth-authorization-server': OPEN,
  'GET /.well-known/oauth-authorization-server/mcp': OPEN,
  'GET /.well-known/openid-configuration': OPEN,
  'GET /.well-known/openid-configuration/mcp': OPEN,
  'GET /mcp/.well-known/openid-configuration': OPEN,
  'POST /register': ASKS,
  'POST /token': ASKS,
  'POST /oauth/token': ASKS,
  'POST /revoke': [401, 401, 401],
  'POST /oauth/revoke': [401, 401, 401],
  'GET /oauth/authorize': ASKS,
  // The request comes first: a form that is out of date is asked again, with what the client wanted.
  'POST /oauth/authorize': ASKS,
  'GET /signin': PAGE,
  'POST /signin': FORM,
  'POST /signup': FORM,
  'GET /signup': AWAY,
  'GET /signout': AWAY,
  'POST /signout': FORM,
  'GET /account': PAGE,
  'POST /account/disconnect': PAGE,
  'GET /account/disconnect': AWAY,
  'POST /account/clients': PAGE,
  'GET /account/clients': AWAY,
  'POST /account/clients/remove': PAGE,
  'GET /account/clients/remove': AWAY,
  'POST /account/password': PAGE,
  'GET /account/password': AWAY,
};

it('every route answers who has no account, a revoked one, and a member, as the table says', async (context) => {
  await using world = await openWorld();
  await world.app.ready();
  const routes = routesOf(world.app);
  const found: Record<string, readonly number[]> = {};
  const bodies: string[] = [];
  for (const route of routes) {
    const [method = '', url = ''] = route.split(' ');
    const statuses: number[] = [];
    for (const token of [undefined, world.tokens.revoked, world.tokens.member]) {
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const headers = { host: 'play.example', ...authorization };
      const payload = method === 'POST' ? { payload: {} } : {};
      const answer = await world.app.inject({ method: method as 'GET', url, headers, ...payload });
      statuses.push(answer.statusCode);
      bodies.push(answer.body);
    }
    found[route] = statuses;
  }
  expect(found).toEqual(ROUTES);
  // A page that a bearer token is sent to shows the sign-in, as to nobody.
  expect(bodies.join('')).not.toContain('Signed in as');
  tally(context, `route matrix: ${routes.length * 3} cells (${routes.length} routes by 3 kinds of callers)`);
});

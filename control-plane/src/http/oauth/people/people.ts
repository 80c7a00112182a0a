import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account, Accounts } from '../../../accounts/accounts.ts';
import type { AccountCare } from '../../../accounts/care.ts';
import { AccountRefusal } from '../../../accounts/refusal.ts';
import type { Sessions } from '../../../accounts/sessions.ts';
import type { SignIn, Visitor } from '../../../accounts/sign-in.ts';
import type { Upstream } from '../../../accounts/upstream.ts';
import type { Identity } from '../../../identity/identity.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { type Parameters, refuseRepeated } from '../../../identity/parameters.ts';
import { networkOf } from '../../network-of.ts';
import { parametersFrom } from '../form.ts';
import type { Browser } from './browser.ts';

/** What the pages stand on. */
export interface PeopleParts {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly care: AccountCare;
  /** Another service that vouches for people, where the operator named one. */
  readonly upstream: Upstream | undefined;
  readonly clock: Clock;
}

/** What the routes of the pages share. */
export interface PageContext extends PeopleParts {
  readonly identity: Identity;
  readonly browser: Browser;
  /** The origin under which this request reached the server. */
  readonly baseOf: (request: FastifyRequest) => string;
}

/** Who is signed in with this browser; undefined where nobody is, or their account was closed. */
export async function whoIs(context: PageContext, request: FastifyRequest): Promise<Account | undefined> {
  const session = context.browser.read(request, 'session');
  const id = session === undefined ? undefined : await context.sessions.accountOf(session);
  const account = id === undefined ? undefined : await context.accounts.find(id);
  return account?.banned ? undefined : account;
}

/** The fields of a form of ours. @throws {AccountRefusal} form_expired @throws {OAuthRefusal} */
export function readForm(context: PageContext, request: FastifyRequest): Parameters['values'] {
  const parameters = parametersFrom(request.body);
  refuseRepeated(parameters);
  context.browser.requireForm(request, parameters.values.get('form_token'));
  return parameters.values;
}

/**
 * Reads a form; one of a page that is out of date is answered anew, for who went on in another tab meanwhile.
 *
 * @param again shows the page again, with why; it is given what any link could say
 * @throws {AccountRefusal} form_expired where another site sent it, or a program
 * @throws {OAuthRefusal}
 */
export async function withForm(
  context: PageContext,
  request: FastifyRequest,
  again: (values: Parameters['values'], refused: AccountRefusal) => Promise<unknown>,
  act: (values: Parameters['values']) => Promise<unknown>,
): Promise<unknown> {
  let values: Parameters['values'];
  try {
    values = readForm(context, request);
  } catch (error) {
    if (!(error instanceof AccountRefusal) || context.browser.isForeign(request) || wantsJson(request))
      throw error;
    return again(parametersFrom(request.body).values, error);
  }
  return act(values);
}

/** Whose attempts these are. */
export function visitorOf(context: PageContext, request: FastifyRequest): Visitor {
  return { address: networkOf(request.ip), device: context.browser.read(request, 'device') };
}

/** True for a program that reads data instead of pages. */
export function wantsJson(request: FastifyRequest): boolean {
  return (request.headers.accept ?? '').startsWith('application/json');
}

/** A page is answered with a way on; a repeated GET does nothing twice. */
export function goTo(reply: FastifyReply, location: string): FastifyReply {
  return reply.redirect(location, 303);
}

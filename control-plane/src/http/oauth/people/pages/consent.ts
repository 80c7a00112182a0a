import { html, type Markup, strangersText } from '../../../html.ts';
import { notice, type Page } from './layout.ts';

export interface ConsentView {
  readonly token: string;
  /** The query of the authorization request. */
  readonly request: string;
  /** The client's own words for itself; undefined where it has none. */
  readonly clientName: string | undefined;
  /** The host of the client's document, which is known for sure; undefined where the client is registered. */
  readonly documentHost: string | undefined;
  /** Where the client's answer goes, for a person. */
  readonly destination: string;
  readonly scopes: readonly string[];
  /** Who is signed in. */
  readonly account: string;
  /** Why the last answer did not count. */
  readonly refused?: string;
}

/** What a redirect URI means to the person who is sent there. */
export function destinationOf(uri: string): string {
  const { protocol, host } = new URL(uri);
  if (protocol === 'https:') return host;
  if (protocol === 'http:') return `an application on this computer (${host})`;
  return `the application that opens ${protocol} links`;
}

/** Asks a person whether a client may act for them. */
export function consentPage(view: ConsentView): Page {
  const { token, request, clientName, documentHost, destination, scopes, account, refused } = view;
  const named = strangersText(clientName ?? '').trim();
  const client =
    named === ''
      ? html`A client without a name`
      : html`A client that calls itself <strong><bdi>${named}</bdi></strong>`;
  const vouched = documentHost === undefined ? '' : html` and comes from <strong>${documentHost}</strong>`;
  return {
    title: 'Connect a client?',
    leadsAway: true,
    body: html`${notice(refused, 'refused')}<p>${client}${vouched} wants to act for you.</p>
<p>If you agree, you are sent to <strong>${destination}</strong>. Agree only if you have just started this there.</p>
<p>It will be able to:</p><ul>${scopes.map(describe)}</ul>
<p>You can end this at any time under <a href="/account">your account</a>.</p>
<form method="post" action="/oauth/authorize"><input type="hidden" name="form_token" value="${token}"><input type="hidden" name="request" value="${request}">
<div class="row"><button class="main" name="decision" value="allow">Allow</button><button name="decision" value="deny">Do not allow</button></div></form>
<form method="post" action="/signout"><input type="hidden" name="form_token" value="${token}"><input type="hidden" name="return_to" value="/oauth/authorize?${request}">
<small>Signed in as <strong>${account}</strong>.</small> <button>Use another account</button></form>`,
  };
}

const SCOPE_TEXT: Readonly<Record<string, string>> = {
  mcp: 'make and join channels, and read and write in them as you',
  offline_access: 'stay connected until it is not used for 30 days',
};

function describe(scope: string): Markup {
  return html`<li>${SCOPE_TEXT[scope] ?? scope}</li>`;
}

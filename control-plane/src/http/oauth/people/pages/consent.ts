import { html, type Markup, strangersText } from '../../../html.ts';
import type { Page } from './layout.ts';

export interface ConsentView {
  readonly token: string;
  /** The query of the authorization request. */
  readonly request: string;
  /** The client's own words for itself; undefined where it has none. */
  readonly clientName: string | undefined;
  /** The host of the client's document, which is known for sure; undefined where the client is registered. */
  readonly documentHost: string | undefined;
  readonly destination: Destination;
  readonly scopes: readonly string[];
  /** Who is signed in. */
  readonly account: string;
}

/** Where the client's answer goes. */
export interface Destination {
  /** For a person. */
  readonly shown: string;
  /** As a source expression of CSP. */
  readonly source: string;
}

/** What a redirect URI means to the person who is sent there. */
export function destinationOf(uri: string): Destination {
  const url = new URL(uri);
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  if (!isWeb) return { shown: `the application that opens ${url.protocol} links`, source: url.protocol };
  const local = url.protocol === 'http:';
  // A source expression has no brackets, so an IPv6 address is named by its scheme alone.
  const source = url.hostname.startsWith('[') ? url.protocol : url.origin;
  return { shown: local ? `an application on this computer (${url.host})` : url.host, source };
}

/** Asks a person whether a client may act for them. */
export function consentPage(view: ConsentView): Page {
  const { token, request, clientName, documentHost, destination, scopes, account } = view;
  const named = strangersText(clientName ?? '').trim();
  const client =
    named === ''
      ? html`A client without a name`
      : html`A client that calls itself <strong><bdi>${named}</bdi></strong>`;
  const vouched = documentHost === undefined ? '' : html` and comes from <strong>${documentHost}</strong>`;
  return {
    title: 'Connect a client?',
    leadsTo: destination.source,
    body: html`<p>${client}${vouched} wants to act for you.</p>
<p>If you agree, you are sent to <strong>${destination.shown}</strong>. Agree only if you have just started this there.</p>
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

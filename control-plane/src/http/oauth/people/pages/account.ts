import { dayOf } from '../../../../kernel/text.ts';
import type { AccountView } from '../view.ts';
import { html, type Markup, strangersText } from '../../../html.ts';
import { notice, type Page } from './layout.ts';

export interface AccountPageOptions {
  readonly token: string;
  readonly view: AccountView;
  readonly said?: string | undefined;
  readonly refused?: string | undefined;
  /** A client that was just made: its secret is shown this once. */
  readonly made?: { readonly client_id: string; readonly client_secret: string };
}

/** What acts for a person, and how to end it. */
export function accountPage({ token, view, said, refused, made }: AccountPageOptions): Page {
  const hidden = html`<input type="hidden" name="form_token" value="${token}">`;
  return {
    title: 'Your account',
    body: html`${notice(said, 'said')}${notice(refused, 'refused')}
<p>Signed in as <strong>${view.name}</strong> <small>(${view.account})</small></p>
${made && html`<p class="said" role="status">Your client is ready. Its secret is shown this once.<br>client_id <code>${made.client_id}</code><br>client_secret <code>${made.client_secret}</code></p>`}
<h2>Connected clients</h2>
${view.connections.length === 0 ? html`<p>None.</p>` : view.connections.map((one) => connection(one, hidden))}
<h2>Clients for scripts</h2>
<p>A script signs in as you with an id and a secret (client_credentials).</p>
${view.clients.map((one) => client(one, hidden))}
<form method="post" action="/account/clients">${hidden}<label>Name<input name="name" required maxlength="100"></label><button>Make a client</button></form>
${view.has_password ? passwordForm(hidden) : undefined}
<h2>Sign out</h2>
<form method="post" action="/signout">${hidden}<div class="row"><button>Sign out</button><button name="everywhere" value="true">Sign out in all browsers</button></div></form>`,
  };
}

function connection(
  { id, client_name, destination, agreed_at }: AccountView['connections'][number],
  hidden: Markup,
): Markup {
  const name = strangersText(client_name).trim() || 'a client without a name';
  return html`<div class="item row"><div><strong><bdi>${name}</bdi></strong><br><small>${destination}, since ${dayOf(agreed_at)}</small></div>
<form method="post" action="/account/disconnect">${hidden}<input type="hidden" name="id" value="${id}"><button aria-label="Disconnect ${name}">Disconnect</button></form></div>`;
}

function client({ id, name }: AccountView['clients'][number], hidden: Markup): Markup {
  return html`<div class="item row"><div><strong><bdi>${name}</bdi></strong><br><small>${id}</small></div>
<form method="post" action="/account/clients/remove">${hidden}<input type="hidden" name="id" value="${id}"><button aria-label="Remove ${name}">Remove</button></form></div>`;
}

function passwordForm(hidden: Markup): Markup {
  return html`<h2>Password</h2>
<form method="post" action="/account/password">${hidden}
<label>Current password<input type="password" name="current" autocomplete="current-password" required maxlength="1000"></label>
<label>New password, at least 10 characters<input type="password" name="next" autocomplete="new-password" required minlength="10" maxlength="1000"></label>
<button>Change it, and sign out everywhere</button></form>`;
}

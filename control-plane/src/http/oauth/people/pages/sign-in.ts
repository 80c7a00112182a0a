import { html, type Markup } from '../../../html.ts';
import { notice, type Page } from './layout.ts';

export interface SignInView {
  readonly token: string;
  readonly returnTo: string;
  /** Why the last try was refused. */
  readonly refused?: string;
  /** As it was typed the last time. */
  readonly name?: string;
  /** What the other way of signing in is called, where there is one. */
  readonly elsewhere?: string;
}

/** Signing in, or making an account with an operator's code. */
export function signInPage({ token, returnTo, refused, name = '', elsewhere }: SignInView): Page {
  const hidden = html`<input type="hidden" name="form_token" value="${token}"><input type="hidden" name="return_to" value="${returnTo}">`;
  return {
    title: 'Sign in',
    body: html`${notice(refused, 'refused')}
<form method="post" action="/signin">${hidden}
${nameField(name)}
<label>Password<input type="password" name="password" autocomplete="current-password" required maxlength="1000"></label>
<button class="main">Sign in</button></form>
${elsewhere === undefined ? undefined : html`<form method="post" action="/signin/elsewhere">${hidden}<button>Continue with ${elsewhere}</button></form>`}
<h2>New here?</h2>
<form method="post" action="/signup">${hidden}
<label>Access code, from the operator of this server<input name="access_code" autocomplete="off" required maxlength="100"></label>
${nameField(name)}
<label>Password, at least 10 characters<input type="password" name="password" autocomplete="new-password" required minlength="10" maxlength="1000"></label>
<button>Make an account</button></form>`,
  };
}

function nameField(name: string): Markup {
  return html`<label>Name<input name="name" value="${name}" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="64"></label>`;
}

/** On the way to another service. Not a redirect, which browsers would hold against the form's page. */
export function goingPage(title: string, location: string): Page {
  return {
    title: `Continue with ${title}`,
    goesOnTo: location,
    body: html`<p><a href="${location}">Go on</a>, if your browser does not do so by itself.</p>`,
  };
}

/** Somebody whom another service vouches for has no account here yet. */
export function accessCodePage(token: string, name: string, refused?: string): Page {
  return {
    title: 'Make an account',
    body: html`${notice(refused, 'refused')}
<p>You have signed in as <strong>${name}</strong>, who has no account here yet.</p>
<form method="post" action="/signup/elsewhere"><input type="hidden" name="form_token" value="${token}">
<label>Access code, from the operator of this server<input name="access_code" autocomplete="off" required maxlength="100"></label>
<button class="main">Make an account</button></form>`,
  };
}

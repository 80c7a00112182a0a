import { z } from 'zod';
import { optional, secret, setting, type Table, text } from './fields.ts';

const issuer = z.string().transform((value, context) => {
  const url = URL.parse(value);
  const local = url?.protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  if (url && (url.protocol === 'https:' || local) && !url.username) return url;
  context.addIssue({ code: 'custom', message: 'must be an https URL' });
  return z.NEVER;
});

/** Who may connect, and how they sign in. Read by the server alone. */
export const PEOPLE = {
  authMode: setting(
    'AUTH_MODE',
    'open',
    z.enum(['open', 'accounts']),
    'open: every client gets an account of its own, without a sign-in. accounts: people sign in and agree.',
  ),
  oidcIssuer: setting(
    'OIDC_ISSUER',
    '',
    optional(issuer),
    'OpenID Connect provider that people may sign in with in accounts mode, e.g. https://login.example.com.',
  ),
  oidcClientId: setting('OIDC_CLIENT_ID', '', optional(text), 'What the provider knows this server by.'),
  oidcClientSecret: secret('OIDC_CLIENT_SECRET', text, 'The secret that the provider gave this server.'),
  oidcTitle: setting('OIDC_TITLE', 'single sign-on', text, 'What the button is called: Continue with …'),
  oidcSignUp: setting(
    'OIDC_SIGN_UP',
    'code',
    z.enum(['code', 'open']),
    'code: who is new brings an access code. open: everybody whom the provider vouches for has an account.',
  ),
} satisfies Table;

import { AccessCodes } from '../accounts/access-codes.ts';
import { Accounts } from '../accounts/accounts.ts';
import { Attempts } from '../accounts/attempts.ts';
import { AccountCare } from '../accounts/care.ts';
import { Passwords } from '../accounts/passwords.ts';
import { Sessions } from '../accounts/sessions.ts';
import { SignIn } from '../accounts/sign-in.ts';
import { Upstream } from '../accounts/upstream.ts';
import type { Config } from '../config/config.ts';
import type { DocumentSource } from '../identity/client-documents/source.ts';
import { Identity } from '../identity/identity.ts';
import type { RecordStore } from '../identity/records.ts';
import type { Clock } from '../kernel/clock.ts';

export type PeopleConfig = Pick<
  Config,
  'authMode' | 'publicUrl' | 'oidcIssuer' | 'oidcClientId' | 'oidcClientSecret' | 'oidcTitle' | 'oidcSignUp'
>;

export interface PeopleOptions {
  readonly config: PeopleConfig;
  readonly records: RecordStore;
  readonly clock: Clock;
  /** 32 secret bytes, the same on every server of one store. */
  readonly key: Uint8Array;
  /** Where clients are read from whose id is a URL; there are none if left out. */
  readonly documents?: DocumentSource | undefined;
}

/** Who may act, and what they sign in with: the same parts for the server and for operators' commands. */
export function joinPeople({ config, records, clock, key, documents }: PeopleOptions) {
  const accounts = new Accounts(records, clock);
  const asksPeople = config.authMode === 'accounts';
  const identity = new Identity({
    records,
    clock,
    publicUrl: config.publicUrl,
    documents,
    ...(asksPeople ? { isActive: (id: string) => accounts.isActive(id) } : {}),
  });
  const codes = new AccessCodes(records, clock);
  const sessions = new Sessions(records, clock);
  const passwords = new Passwords();
  const attempts = new Attempts(records, clock);
  return {
    asksPeople,
    clientDocuments: documents !== undefined,
    identity,
    accounts,
    codes,
    sessions,
    clock,
    care: new AccountCare({ accounts, sessions, passwords, attempts, identity }),
    signIn: new SignIn({ accounts, codes, sessions, passwords, attempts, key }),
    upstream: upstreamOf(config, records, clock),
  };
}

function upstreamOf(config: PeopleConfig, records: RecordStore, clock: Clock): Upstream | undefined {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecret: clientSecret } = config;
  if (!issuer || clientId === undefined || clientSecret === undefined) return undefined;
  const { oidcTitle: title, oidcSignUp } = config;
  return new Upstream({ issuer, clientId, clientSecret, title, open: oidcSignUp === 'open' }, records, clock);
}

import type { Json } from '../kernel/json/value.ts';
import { type ClientMetadata, parseClientMetadata, withoutOwnAccount } from './client-metadata.ts';
import type { NewClient } from './clients.ts';
import { LIFETIME } from './lifetimes.ts';
import { newAccountId } from './secrets.ts';
import type { TokenServices } from './token-model.ts';

/** The answer to a registration (RFC 7591 section 3.2.1); in open mode with a first access token. */
export interface RegistrationAnswer extends ClientMetadata {
  readonly client_id: string;
  /** Seconds since the epoch. */
  readonly client_id_issued_at: number;
  /** Absent for a public client, as is its expiry. */
  readonly client_secret?: string;
  /** 0: never. */
  readonly client_secret_expires_at?: 0;
  readonly access_token?: string;
  readonly token_type?: 'Bearer';
  /** Seconds. */
  readonly expires_in?: number;
}

/** Registers a client and issues a token for the account that belongs to it. @throws {OAuthRefusal} */
export async function registerWithToken(
  { clients, tokens }: TokenServices,
  body: Json | undefined,
): Promise<RegistrationAnswer> {
  const account = newAccountId();
  const made = await clients.register(parseClientMetadata(body), account);
  const access = { account, client_id: made.client.id, scopes: ['mcp'] };
  const token = await tokens.issueAccess(access, made.client.id);
  return {
    ...answerOf(made),
    access_token: token,
    token_type: 'Bearer',
    expires_in: LIFETIME.access / 1000,
  };
}

/** Registers a client that stands for nobody until a person agrees. @throws {OAuthRefusal} */
export async function registerWithoutAccount(
  { clients }: TokenServices,
  body: Json | undefined,
): Promise<RegistrationAnswer> {
  return answerOf(await clients.register(withoutOwnAccount(parseClientMetadata(body)), undefined));
}

function answerOf({ client, secret }: NewClient): RegistrationAnswer {
  const { id, issued_at, account: _account, secret_hash: _hash, ...metadata } = client;
  return {
    client_id: id,
    client_id_issued_at: issued_at,
    ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
    ...metadata,
  };
}

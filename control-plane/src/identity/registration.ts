import type { Json } from '../kernel/json/value.ts';
import { type ClientMetadata, parseClientMetadata } from './client-metadata.ts';
import { LIFETIME } from './lifetimes.ts';
import type { TokenServices } from './token-model.ts';

/** The answer to a registration (RFC 7591 section 3.2.1), with the first access token of open mode. */
export interface RegistrationAnswer extends ClientMetadata {
  readonly client_id: string;
  /** Seconds since the epoch. */
  readonly client_id_issued_at: number;
  /** Absent for a public client, as is its expiry. */
  readonly client_secret?: string;
  /** 0: never. */
  readonly client_secret_expires_at?: 0;
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
}

/** Registers a client and issues a token for the account that belongs to it. @throws {OAuthRefusal} */
export async function registerClient(
  { clients, tokens }: TokenServices,
  body: Json | undefined,
): Promise<RegistrationAnswer> {
  const metadata = parseClientMetadata(body);
  const { client, secret } = await clients.register(metadata);
  const access = { account: client.account, client_id: client.id, scopes: ['mcp'] };
  const token = await tokens.issueAccess(access, client.id);
  return {
    client_id: client.id,
    client_id_issued_at: client.issued_at,
    ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
    ...metadata,
    access_token: token,
    token_type: 'Bearer',
    expires_in: LIFETIME.access / 1000,
  };
}

import type { Account } from '../../../accounts/accounts.ts';
import type { Identity } from '../../../identity/identity.ts';

/** What a person sees of their account, as data. */
export interface AccountView {
  readonly account: string;
  readonly name: string;
  readonly has_password: boolean;
  readonly connections: readonly {
    readonly id: string;
    readonly client_id: string;
    readonly client_name: string;
    /** Where its answers went. */
    readonly destination: string;
    /** ms since the epoch. */
    readonly agreed_at?: number;
  }[];
  readonly clients: readonly { readonly id: string; readonly name: string }[];
}

/** Reads what acts for an account. */
export async function viewOf(
  { id, name, password }: Account,
  identity: Pick<Identity, 'connectionsOf' | 'clientsOf'>,
): Promise<AccountView> {
  const [connections, clients] = await Promise.all([identity.connectionsOf(id), identity.clientsOf(id)]);
  return {
    account: id,
    name,
    has_password: password !== undefined,
    connections: connections.map(({ id: grant, client_id, agreed }) => ({
      id: grant,
      client_id,
      client_name: agreed?.client_name ?? '',
      destination: agreed?.destination ?? '',
      ...(agreed === undefined ? {} : { agreed_at: agreed.at }),
    })),
    clients: clients.map((client) => ({ id: client.id, name: client.client_name ?? '' })),
  };
}

import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import type { ClientDocuments } from './client-documents/client-documents.ts';
import { isDocumentUrl } from './client-documents/url.ts';
import type { ClientMetadata } from './client-metadata.ts';
import { LIFETIME } from './lifetimes.ts';
import type { RecordStore } from './records.ts';
import { newClientId, newSecret, secretKey } from './secrets.ts';
import { type Row, Table } from './table.ts';

type StoredClient = ClientMetadata & {
  /** The account of the registration token and of client_credentials; absent where clients have none. */
  readonly account?: string;
  /** Seconds since the epoch, as RFC 7591 has it. */
  readonly issued_at: number;
  /** Absent for a public client. */
  readonly secret_hash?: string;
};

/** A client that is registered, or that the document at its id describes; that one has no account. */
export type Client = StoredClient & { readonly id: string };

/** A client with its secret, which is not shown again; a public one has none. */
export interface NewClient {
  readonly client: Client;
  readonly secret: string | undefined;
}

const UNUSED = 'unused';
const USED = 'used';
const DAY = 24 * 3600 * 1000;

/** The registered clients. Those that never took a token expire, and are few: see {@link Clients.register}. */
export class Clients {
  readonly #table: Table<StoredClient>;
  readonly #clock: Clock;
  readonly #maxUnused: number;
  readonly #documents: ClientDocuments | undefined;
  /** At least the number of unused clients; unknown before the first registration. */
  #unused: number | undefined;
  #eviction: Promise<void> | undefined;
  /** @param documents clients that are not registered; none where it is left out */
  constructor(records: RecordStore, clock: Clock, maxUnused: number, documents?: ClientDocuments) {
    this.#table = new Table(records, clock, 'client');
    this.#clock = clock;
    this.#maxUnused = maxUnused;
    this.#documents = documents;
  }

  /**
   * Adds a client. Anybody may register, so at the cap the oldest unused clients make room: a flood costs
   * other idle registrations, never the disk and never a client in use.
   *
   * @param account which client_credentials stands for; undefined where such a client has none
   */
  async register(metadata: ClientMetadata, account: string | undefined): Promise<NewClient> {
    await this.#makeRoom();
    return this.#add(metadata, account, { owner: UNUSED, life: LIFETIME.unusedClient });
  }

  /** Adds a client that a signed-in person made, for their own account. */
  addFor(account: string, metadata: ClientMetadata): Promise<NewClient> {
    return this.#add(metadata, account, { owner: account, life: LIFETIME.confidentialClient });
  }

  async #add(
    metadata: ClientMetadata,
    account: string | undefined,
    { owner, life }: { readonly owner: string; readonly life: number },
  ): Promise<NewClient> {
    const now = this.#clock.now();
    const secret = metadata.token_endpoint_auth_method === 'none' ? undefined : newSecret('client');
    const stored: StoredClient = {
      ...metadata,
      ...(account === undefined ? {} : { account }),
      issued_at: Math.floor(now / 1000),
      ...(secret === undefined ? {} : { secret_hash: secretKey(secret) }),
    };
    const id = newClientId();
    await this.#table.insert(id, stored, { owner, expiresAt: now + life });
    return { client: { ...stored, id }, secret };
  }

  /** @throws {OAuthRefusal} for a client whose document cannot be used */
  async find(id: string): Promise<Client | undefined> {
    if (this.#documents && isDocumentUrl(id)) {
      const { metadata, readAt } = await this.#documents.find(id);
      return { ...metadata, id, issued_at: Math.floor(readAt / 1000) };
    }
    const row = await this.#table.get(id);
    return row && { ...row.value, id };
  }

  /** The client whose credentials these are: a public one without a secret, any other with its own. */
  async verify(id: string, secret: string | undefined): Promise<Client | undefined> {
    const client = await this.find(id);
    if (!client) return undefined;
    if (client.secret_hash === undefined) return secret === undefined ? client : undefined;
    if (secret === undefined) return undefined;
    const matches = timingSafeEqual(Buffer.from(client.secret_hash), Buffer.from(secretKey(secret)));
    return matches ? client : undefined;
  }

  /** Keeps the client for as long as the token that it has just been given may be of use. */
  async markUsed(id: string): Promise<void> {
    const row = await this.#table.get(id);
    if (!row) return;
    const life = row.value.secret_hash === undefined ? LIFETIME.publicClient : LIFETIME.confidentialClient;
    const expiresAt = this.#clock.now() + life;
    // Once a day is enough: most tokens then cost no write here.
    if (row.owner !== UNUSED && (row.expiresAt ?? 0) > expiresAt - DAY) return;
    await this.#table.replace(row, row.value, { owner: row.value.account ?? USED, expiresAt });
  }

  /** The clients that an account made. */
  async listOf(account: string): Promise<readonly Client[]> {
    const rows = await this.#table.listByOwner(account);
    return rows.map(({ key, value }) => ({ ...value, id: key }));
  }

  /** Removes a client that an account made; false where it has none of this id. */
  async removeOf(account: string, id: string): Promise<boolean> {
    const row = await this.#table.get(id);
    return row?.owner === account && (await this.#table.take(id)) !== undefined;
  }

  async #makeRoom(): Promise<void> {
    if (this.#unused === undefined || this.#unused >= this.#maxUnused) {
      // One for all who wait: a flood must not read the list once for each registration.
      this.#eviction ??= this.#evict().finally(() => {
        this.#eviction = undefined;
      });
      await this.#eviction;
    }
    this.#unused = (this.#unused ?? 0) + 1;
  }

  /** Counts the unused clients; at the cap removes the oldest tenth of them. */
  async #evict(): Promise<void> {
    const unused = await this.#table.listByOwner(UNUSED);
    const surplus = unused.length < this.#maxUnused ? 0 : unused.length - Math.floor(this.#maxUnused * 0.9);
    await Promise.all(oldest(unused, surplus).map((row) => this.#table.take(row.key)));
    this.#unused = unused.length - surplus;
  }
}

function oldest(rows: readonly Row<StoredClient>[], count: number): readonly Row<StoredClient>[] {
  return rows.toSorted((a, b) => a.value.issued_at - b.value.issued_at).slice(0, count);
}

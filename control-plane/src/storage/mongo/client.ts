import { type Db, type DbOptions, MongoClient, type MongoClientOptions, ReadConcern } from 'mongodb';

/** Database of a URL that names none. */
const DEFAULT_DATABASE = 'multiplayer';

/** Retries are ours: the driver's need a replica set, and log/batch.ts must know of them. */
const OPTIONS: MongoClientOptions = {
  appName: 'mcp-multiplayer',
  retryWrites: false,
  retryReads: false,
  minPoolSize: 2,
  maxPoolSize: 50,
  waitQueueTimeoutMS: 5_000,
  serverSelectionTimeoutMS: 5_000,
  connectTimeoutMS: 5_000,
  // Longer than a write waits for its majority.
  socketTimeoutMS: 20_000,
  // A server that hangs without closing its connections is given up after this and a connect's time.
  heartbeatFrequencyMS: 2_000,
};

/**
 * Written by the majority of the replica set and into its journal before it counts, read from there too:
 * what was confirmed once stays. Set on the database, since a URL's own options win over a client's.
 */
const DURABLE: DbOptions = {
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: 10_000 },
  readConcern: new ReadConcern('majority'),
  readPreference: 'primary',
};

/**
 * A client of a `mongodb://` or `mongodb+srv://` URL, not connected yet.
 *
 * @throws errors of the driver where it is none
 */
export function clientOf(url: string): MongoClient {
  return new MongoClient(url, OPTIONS);
}

/** The database that a client's URL names, with what makes writing to it durable. */
export function databaseOf(client: MongoClient, url: string): Db {
  return client.db(nameIn(url) ?? DEFAULT_DATABASE, DURABLE);
}

/** Where a client connects to, without anything secret. */
export function hostsOf({ options }: MongoClient): string {
  return options.srvHost ?? options.hosts.map(String).join(',');
}

/** https://www.mongodb.com/docs/manual/reference/connection-string/ */
function nameIn(url: string): string | undefined {
  const name = /^mongodb(?:\+srv)?:\/\/[^/]*\/([^?]+)/.exec(url)?.[1];
  return name === undefined ? undefined : decodeURIComponent(name);
}

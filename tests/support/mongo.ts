import { setTimeout as pause } from 'node:timers/promises';
import Dockerode from 'dockerode';
import { MongoClient } from 'mongodb';
import { randomHex } from '../../control-plane/src/kernel/hash.ts';
import { MongoStore } from '../../control-plane/src/storage/mongo/store.ts';
import { type Service, startService } from './service.ts';

const MONGO = 'mongo:8';

/** The image that stands for MongoDB on this machine: MongoDB's own where it is, else FerretDB's. */
async function imageHere(): Promise<string | undefined> {
  const present = await new Dockerode()
    .getImage(MONGO)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  return present ? MONGO : process.env['FERRETDB_IMAGE'] || undefined;
}

const image = await imageHere();

/** What answers in MongoDB's protocol here; undefined where nothing can, and its tests are skipped. */
export const MONGO_HERE = image === undefined ? undefined : image === MONGO ? 'MongoDB 8' : 'FerretDB';

export interface TestMongo extends Service {
  /** Of a database of its own. */
  url(database?: string): string;
}

/** Starts MongoDB (a replica set of one), or FerretDB. */
export async function startMongo(): Promise<TestMongo> {
  if (image === undefined) throw new Error('There is neither MongoDB nor FerretDB on this machine.');
  const isMongo = image === MONGO;
  const command = isMongo ? ['--replSet', 'rs0', '--bind_ip_all'] : [];
  const service = await startService({ image, port: 27_017, command });
  const base = `mongodb://127.0.0.1:${service.port}`;
  if (isMongo) await initiate(base);
  return {
    ...service,
    async restart() {
      await service.restart();
      if (isMongo) await primaryAt(base);
    },
    url: (database = `test_${randomHex(6)}`) =>
      `${base}/${database}${isMongo ? '?directConnection=true' : ''}`,
  };
}

async function initiate(base: string): Promise<void> {
  await using client = new MongoClient(`${base}/?directConnection=true`);
  const members = [{ _id: 0, host: '127.0.0.1:27017' }];
  await client.db('admin').command({ replSetInitiate: { _id: 'rs0', members } });
  await primaryAt(base);
}

/** Waits until the replica set has elected its only member. */
async function primaryAt(base: string): Promise<void> {
  await using client = new MongoClient(`${base}/?directConnection=true`);
  while (!(await client.db('admin').command({ hello: 1 }))['isWritablePrimary']) await pause(50);
}

/** An empty store in a database of its own. */
export async function freshMongo(mongo: TestMongo): Promise<MongoStore> {
  return MongoStore.open({ url: mongo.url() });
}

import { afterAll, beforeAll, describe } from 'vitest';
import { freshMongo, MONGO_HERE, startMongo, type TestMongo } from '../support/mongo.ts';
import { describeStoreContract } from './contract.ts';

const here =
  MONGO_HERE ?? 'neither MongoDB nor FerretDB: this machine has none of them, so the store was not tested';

describe.skipIf(!MONGO_HERE)(`over ${here}`, () => {
  let mongo: TestMongo;
  beforeAll(async () => {
    mongo = await startMongo();
  }, 120_000);
  afterAll(() => mongo[Symbol.asyncDispose]());
  // FerretDB 1.24 finds and then writes: MongoDB does both in one step.
  const unlike = { changesInTwoSteps: MONGO_HERE === 'FerretDB' };
  describeStoreContract('MongoDB', () => freshMongo(mongo), unlike);
});

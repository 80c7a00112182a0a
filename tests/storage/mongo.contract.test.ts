import { afterAll, beforeAll, describe, it } from 'vitest';
import { freshMongo, MONGO_HERE, startMongo, type TestMongo } from '../support/mongo.ts';
import { describeStoreContract } from './contract.ts';

if (MONGO_HERE === undefined) {
  it.skip('MongoDB: this machine has neither MongoDB nor FerretDB, so its store was not tested', () => {});
} else {
  describe(`over ${MONGO_HERE}`, () => {
    let mongo: TestMongo;
    beforeAll(async () => {
      mongo = await startMongo();
    }, 120_000);
    afterAll(() => mongo[Symbol.asyncDispose]());
    describeStoreContract('MongoDB', () => freshMongo(mongo), {
      // FerretDB 1.24 finds and then writes: MongoDB does both in one step.
      changesInTwoSteps: MONGO_HERE === 'FerretDB',
    });
  });
}

import { MemoryRecords } from '../support/memory-records.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { describeCommitContract, describeRecordContract } from './contract.ts';

describeCommitContract('The memory store', async () => {
  const commits = new MemoryStore();
  return { commits, [Symbol.asyncDispose]: () => commits.close() };
});

describeRecordContract('The memory store', async () => {
  return { records: new MemoryRecords(), async [Symbol.asyncDispose]() {} };
});

import { MemoryStore } from '../support/memory-store.ts';
import { describeCommitContract } from './contract.ts';

describeCommitContract('The memory store', async () => {
  const commits = new MemoryStore();
  return { commits, [Symbol.asyncDispose]: () => commits.close() };
});

import { decodeCommit } from '../../../control-plane/src/log/codec.ts';
import type { Commit } from '../../../control-plane/src/log/commit.ts';
import type { CommitStore } from '../../../control-plane/src/log/store.ts';

/** A whole stream, in order. */
export async function commitsOf(store: CommitStore, stream: string): Promise<readonly Commit[]> {
  const commits: Commit[] = [];
  for (;;) {
    const page = await store.read(stream, commits.length, 1_000);
    if (page.length === 0) return commits;
    commits.push(...page.map(decodeCommit));
  }
}

import type { CopiedStore } from '../../control-plane/src/archive/read.ts';
import { sha256Label } from '../../control-plane/src/kernel/hash.ts';
import type { Attachment } from '../../control-plane/src/log/store.ts';
import { AWKWARD_TEXTS, commit } from '../storage/contract/samples.ts';

/** Puts what stores are known to stumble over into one: odd texts, erased beginnings, several states. */
export async function fillWithOddities({ commits, records }: CopiedStore): Promise<void> {
  for (const [index, [what, text]] of AWKWARD_TEXTS.entries()) {
    const stream = `chn_${index}`;
    const attached: Attachment = { scope: `${stream}/bot`, version: 1, hash: sha256Label(text), text };
    await commits.append(commit(stream, 0, { payload: text, tags: ['work', what] }), [attached]);
    await commits.append(commit(stream, 1));
  }
  for (const n of [0, 1, 2, 3]) await commits.append(commit('chn_erased', n));
  await commits.eraseBelow('chn_erased', 3);
  await commits.putMark('hooks-done-before', '12345');
  await records.insert({ kind: 'client', key: 'forever', value: { a: [1] } }, 0);
  await records.insert({ kind: 'token', key: 't', owner: 'o', expiresAt: 9_000_000_000_000, value: {} }, 0);
  await records.insert({ kind: 'lease', key: 'chn_0', value: { server: 's' } }, 0);
}

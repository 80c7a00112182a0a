import { CodedError } from '../../control-plane/src/kernel/errors.ts';
import type { CommitStore } from '../../control-plane/src/log/store.ts';
import { storeWith } from './store-with.ts';

/**
 * A store whose next `loseAnswers` appends take effect and then fail, as when the connection breaks
 * between the COMMIT and its answer.
 */
export function lossyStore(inner: CommitStore, options: { readonly loseAnswers: number }): CommitStore {
  let left = options.loseAnswers;
  const append: CommitStore['append'] = async (commit, attachments) => {
    const result = await inner.append(commit, attachments);
    if (left === 0) return result;
    left -= 1;
    throw new CodedError('STORE_UNAVAILABLE', {}, { cause: new Error('the answer was lost') });
  };
  return storeWith(inner, { append });
}

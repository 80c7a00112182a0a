import type { CommitStore } from '../../../control-plane/src/log/store.ts';
import type { SeededRandom } from '../../../bench/mix/random.ts';

/** One way to hurt what runs; resolves once what it ended is up again. */
export interface Harm {
  readonly name: string;
  /** How often it is chosen, beside the others. */
  readonly weight: number;
  readonly inflict: (random: SeededRandom) => Promise<void>;
}

/** What is under test: servers, and what they stand on. */
export interface Fleet extends AsyncDisposable {
  /** Where the servers are; the same for as long as it lives. */
  readonly urls: readonly string[];
  readonly harms: readonly Harm[];
  /** Stops the servers as an operator does. @returns what they left behind that they should not have */
  stop(): Promise<readonly string[]>;
  /** The store, once the servers are stopped. */
  openStore(): Promise<AsyncDisposable & { readonly commits: CommitStore }>;
}

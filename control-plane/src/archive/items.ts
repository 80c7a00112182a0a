import type { IdentityRecord } from '../identity/records.ts';
import type { StoredCommit } from '../log/store.ts';
import type { HeldAttachment } from './contents.ts';

/**
 * What a store consists of, in the order in which it is copied: marks first, since they tell what was
 * done before the streams were read; then each stream, its attachments before its commits; then records.
 */
export type Item =
  | { readonly type: 'mark'; readonly name: string; readonly value: string }
  | { readonly type: 'stream'; readonly stream: string }
  /** Of the stream that was named last. */
  | { readonly type: 'attachment'; readonly attachment: HeldAttachment }
  | { readonly type: 'commit'; readonly commit: StoredCommit }
  | { readonly type: 'record'; readonly record: IdentityRecord };

/** How many there are of each. */
export interface Counts {
  readonly streams: number;
  readonly commits: number;
  readonly attachments: number;
  readonly records: number;
}

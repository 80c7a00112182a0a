import type { IdentityRecord } from '../identity/records.ts';
import type { Attachment } from '../log/store.ts';

/** An attachment's place: `scope`, then `version`, then `hash`, in this order. */
export type AttachmentKey = Pick<Attachment, 'scope' | 'version' | 'hash'>;

/** An attachment as it is copied: nothing is forgotten for it. */
export type HeldAttachment = Omit<Attachment, 'forget_below'>;

/** A record's place: `kind`, then `key`, in this order. */
export type RecordKey = Pick<IdentityRecord, 'kind' | 'key'>;

/**
 * A whole store in pages, for copying it. Pages are in the order of their keys (by UTF-8 bytes), each
 * after the last key of the page before; a page shorter than `limit` is the last. What is written
 * meanwhile may or may not be in the pages still to come. Methods may fail with STORE_UNAVAILABLE.
 */
export interface StoreContents {
  /** Names of the streams that hold a commit. */
  streams(after: string | undefined, limit: number): Promise<readonly string[]>;
  /** The attachments of one stream's scopes, at most `limit` of them and about 4 MiB of text (at least one). */
  attachments(
    stream: string,
    after: AttachmentKey | undefined,
    limit: number,
  ): Promise<readonly HeldAttachment[]>;
  /** Puts attachments beside a stream whose commits are copied after them; forgets nothing. May be repeated. */
  putAttachments(stream: string, attachments: readonly HeldAttachment[]): Promise<void>;
  /** Every mark of the server's own. */
  marks(): Promise<readonly { readonly name: string; readonly value: string }[]>;
  /** Identity records, expired ones included. */
  records(after: RecordKey | undefined, limit: number): Promise<readonly IdentityRecord[]>;
}

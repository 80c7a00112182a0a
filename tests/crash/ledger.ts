/** What the harness's clients know: held against the store once everything has come to rest. */

/** A post that a server acknowledged. */
export interface Acknowledged {
  readonly channel_id: string;
  readonly slot_id: string;
  /** Unlike every other post's. */
  readonly text: string;
  readonly msg_id: number;
}

/** One message as a client was shown it. */
export interface Shown {
  readonly id: number;
  readonly sender: string;
  readonly kind: string;
  /** Its body as RFC 8785 text. */
  readonly body: string;
}

/** Everything that one seat was shown by sync_messages, in the order in which it came. */
export interface View {
  readonly channel_id: string;
  readonly slot_id: string;
  readonly shown: readonly Shown[];
}

/** All that clients were told. */
export interface Ledger {
  readonly acknowledged: Acknowledged[];
  /** Texts whose post was refused for good: none of them may be in the log. */
  readonly refused: { readonly channel_id: string; readonly text: string }[];
  readonly views: View[];
  /** Replies that came with posts' answers. */
  readonly replies: (Shown & { readonly channel_id: string })[];
}

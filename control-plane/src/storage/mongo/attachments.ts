import type { Attachment, StoredCommit } from '../../log/store.ts';
import type { AttachmentDocument, Collections } from './collections.ts';
import { isDuplicate } from './failure.ts';

/** Stands where the id of the commit does that brought an attachment: of a copy that is not known. */
const COPIED = 'copied';

/** Whose attachments these are. */
type Bringer = Pick<StoredCommit, 'stream' | 'id'>;

/** Stores what another store holds beside a stream. */
export function copyAttachments(
  collections: Collections,
  stream: string,
  copied: readonly Attachment[],
): Promise<void> {
  return putAttachments(collections, { stream, id: COPIED }, copied);
}

/** Stores what a commit brings. What is there already, of an earlier try of the same commit, is the same. */
export async function putAttachments(
  { attachments }: Collections,
  commit: Bringer,
  brought: readonly Attachment[],
): Promise<void> {
  const documents = new Map(
    brought.map((attachment) => {
      const document = toDocument(commit, attachment);
      return [document._id, document];
    }),
  );
  if (documents.size === 0) return;
  await attachments.insertMany([...documents.values()], { ordered: false }).catch((error: unknown) => {
    if (!isDuplicate(error)) throw error;
  });
}

/** Removes what the commit of this id brought; the same values of other commits stay. */
export async function takeBackAttachments(
  attachments: Collections['attachments'],
  commitId: string,
  brought: readonly Attachment[],
): Promise<void> {
  await attachments.deleteMany({ _id: { $in: brought.map((attachment) => keyOf(attachment, commitId)) } });
}

/** Forgets the older values of the scopes. What is not forgotten now, is with the next value. */
export async function forgetOlder(
  { attachments }: Collections,
  brought: readonly Attachment[],
): Promise<void> {
  for (const { scope, forget_below } of brought) {
    if (forget_below === undefined) continue;
    await attachments.deleteMany({ scope, version: { $lt: forget_below } }).catch(() => undefined);
  }
}

export async function attachment(
  { attachments }: Collections,
  scope: string,
  version: number,
  hash: string,
): Promise<string | undefined> {
  return (await attachments.findOne({ scope, version, hash }))?.text;
}

function toDocument(commit: Bringer, attachment: Attachment): AttachmentDocument {
  const { scope, version, hash, text } = attachment;
  return { _id: keyOf(attachment, commit.id), stream: commit.stream, scope, version, hash, text };
}

function keyOf({ scope, version, hash }: Attachment, commitId: string): string {
  return JSON.stringify([scope, version, hash, commitId]);
}

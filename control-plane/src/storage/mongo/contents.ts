import type { AttachmentKey, HeldAttachment, RecordKey, StoreContents } from '../../archive/contents.ts';
import type { IdentityRecord } from '../../identity/records.ts';
import { copyAttachments } from './attachments.ts';
import type { Collections } from './collections.ts';
import { askedTwice } from './failure.ts';
import { toRecord } from './records.ts';

/** Text of attachments that a page holds. */
const PAGE_BYTES = 4 * 1024 * 1024;

/** Everything in the database, page by page. */
export function storeContents(collections: Collections): StoreContents {
  return {
    streams: (after, limit) => askedTwice(() => streams(collections, after, limit)),
    attachments: (stream, after, limit) => askedTwice(() => attachments(collections, stream, after, limit)),
    putAttachments: (stream, all) => askedTwice(() => copyAttachments(collections, stream, all)),
    marks: () => askedTwice(() => marks(collections)),
    records: (after, limit) => askedTwice(() => records(collections, after, limit)),
  };
}

/** From one name to the next by the index: a stream's own commits are passed by. */
async function streams({ commits }: Collections, after = '', limit: number): Promise<readonly string[]> {
  const names: string[] = [];
  for (let last = after; names.length < limit; ) {
    const [next] = await commits
      .find({ stream: { $gt: last } }, { projection: { _id: 0, stream: 1 } })
      .sort({ stream: 1 })
      .limit(1)
      .toArray();
    if (!next) break;
    last = next.stream;
    names.push(last);
  }
  return names;
}

async function attachments(
  collections: Collections,
  stream: string,
  after: AttachmentKey | undefined,
  limit: number,
): Promise<readonly HeldAttachment[]> {
  const cursor = collections.attachments
    .find({ stream, ...(after ? { $or: [...following(after)] } : {}) })
    .sort({ scope: 1, version: 1, hash: 1 })
    .batchSize(4);
  const page = new Map<string, HeldAttachment>();
  let bytes = 0;
  try {
    for await (const { scope, version, hash, text } of cursor) {
      // Two writers may have brought one value.
      const key = JSON.stringify([scope, version, hash]);
      if (page.has(key)) continue;
      bytes += Buffer.byteLength(text);
      if (page.size === limit || (page.size > 0 && bytes > PAGE_BYTES)) break;
      page.set(key, { scope, version, hash, text });
    }
  } finally {
    await cursor.close();
  }
  return [...page.values()];
}

function following({ scope, version, hash }: AttachmentKey) {
  return [
    { scope: { $gt: scope } },
    { scope, version: { $gt: version } },
    { scope, version, hash: { $gt: hash } },
  ] as const;
}

async function marks({ marks: all }: Collections) {
  const found = await all.find({}).sort({ _id: 1 }).toArray();
  return found.map(({ _id, value }) => ({ name: _id, value }));
}

async function records(
  { records: all }: Collections,
  after: RecordKey | undefined,
  limit: number,
): Promise<readonly IdentityRecord[]> {
  const beyond = after && [{ kind: { $gt: after.kind } }, { kind: after.kind, key: { $gt: after.key } }];
  const found = await all
    .find(beyond ? { $or: beyond } : {})
    .sort({ kind: 1, key: 1 })
    .limit(limit)
    .toArray();
  return found.map(toRecord);
}

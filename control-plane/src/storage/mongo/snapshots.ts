import type { Snapshot } from '../../log/store.ts';
import type { Collections } from './collections.ts';
import { isDuplicate } from './failure.ts';

/** Less than a document may have (16 MiB): without its snapshot, a stream is folded from its commits. */
const MAX_TEXT_BYTES = 15 * 1024 * 1024;

export async function snapshot({ snapshots }: Collections, stream: string): Promise<Snapshot | undefined> {
  const found = await snapshots.findOne({ _id: stream });
  return found ? { stream, n: found.n, version: found.version, text: found.text } : undefined;
}

export async function putSnapshot(
  { snapshots }: Collections,
  { stream, n, version, text }: Snapshot,
): Promise<void> {
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) return;
  await upserted(() => snapshots.replaceOne({ _id: stream }, { n, version, text }, { upsert: true }));
}

export async function mark({ marks }: Collections, name: string): Promise<string | undefined> {
  return (await marks.findOne({ _id: name }))?.value;
}

export async function putMark({ marks }: Collections, name: string, value: string): Promise<void> {
  await upserted(() => marks.replaceOne({ _id: name }, { value }, { upsert: true }));
}

/** Of two that make a document at once, one is told that it is there: then it can be replaced. */
async function upserted(operation: () => Promise<unknown>): Promise<void> {
  await operation().catch((error: unknown) => {
    if (!isDuplicate(error)) throw error;
    return operation();
  });
}

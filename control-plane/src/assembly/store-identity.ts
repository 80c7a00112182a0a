import type { RecordStore } from '../identity/records.ts';
import { CodedError } from '../kernel/errors.ts';
import { hmacHex, randomHex } from '../kernel/hash.ts';

const KIND = 'store';
const KEY = 'identity';

export interface IdentifyOptions {
  readonly records: RecordStore;
  /** The server's key, 32 bytes. */
  readonly key: Uint8Array;
  /** Whether other servers use the store; asked only where it matters. */
  readonly hasOthers: () => Promise<boolean>;
  /** ms since the epoch. */
  readonly now: number;
}

/**
 * The name of a shared store, given once and kept in it beside a fingerprint of its servers' key.
 *
 * @throws STORE_UNAVAILABLE where other servers use the store with another key: each would give out codes
 * in repeated answers that the others' first answers did not have
 */
export async function identifyStore({ records, key, hasOthers, now }: IdentifyOptions): Promise<string> {
  const fingerprint = hmacHex(key, 'fingerprint of the server key');
  const own = { kind: KIND, key: KEY, value: { id: randomHex(8), key: fingerprint } };
  if (await records.insert(own, now)) return own.value.id;
  const held = await records.get(KIND, KEY, now);
  const id = held?.value['id'] as string;
  if (held === undefined || held.value['key'] === fingerprint) return id;
  if (await hasOthers()) {
    throw new CodedError('STORE_UNAVAILABLE', {
      message:
        'Other servers use this store with another key. Give this server theirs: SERVER_KEY, or the file server.key in DATA_DIR.',
    });
  }
  await records.replace(held, { ...held, value: { ...held.value, key: fingerprint } });
  return id;
}

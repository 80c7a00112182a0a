/**
 * A record of many entries in parts, so that a state which is never changed in place costs little to
 * change: one part is copied, not all of it.
 */
export type Shards<T> = Readonly<Record<string, Readonly<Record<string, T>>>>;

export function find<T>(shards: Shards<T>, key: string): T | undefined {
  const shard = shards[shardOf(key)];
  return shard && Object.hasOwn(shard, key) ? shard[key] : undefined;
}

export function put<T>(shards: Shards<T>, key: string, value: T): Shards<T> {
  const name = shardOf(key);
  return { ...shards, [name]: { ...shards[name], [key]: value } };
}

export function drop<T>(shards: Shards<T>, key: string): Shards<T> {
  const name = shardOf(key);
  const { [key]: _gone, ...rest } = shards[name] ?? {};
  return { ...shards, [name]: rest };
}

/** @param most so many are enough */
export function all<T>(shards: Shards<T>, most = Number.POSITIVE_INFINITY): readonly T[] {
  const found: T[] = [];
  for (const shard of Object.values(shards)) {
    if (found.length >= most) break;
    found.push(...Object.values(shard));
  }
  return found;
}

/** What stands under a key, or under one that differs in upper and lower case only: they share a part. */
export function alike<T>(shards: Shards<T>, key: string): readonly T[] {
  const shard = shards[shardOf(key)] ?? {};
  const plain = key.toLowerCase();
  return Object.keys(shard)
    .filter((other) => other.toLowerCase() === plain)
    .map((other) => shard[other] as T);
}

/** FNV-1a, of which 8 bits: names only have to spread. */
function shardOf(name: string): string {
  const key = name.toLowerCase();
  let hash = 0x811c9dc5;
  for (let n = 0; n < key.length; n++) hash = Math.imul(hash ^ key.charCodeAt(n), 0x01000193);
  return ((hash >>> 0) & 0xff).toString(16);
}

import type { CommitStore } from '../../control-plane/src/log/store.ts';

/** A store that does some things in another way than the one it stands on. */
export function storeWith(inner: CommitStore, other: Partial<CommitStore>): CommitStore {
  return new Proxy(inner, {
    get(target, name) {
      if (Object.hasOwn(other, name)) return Reflect.get(other, name) as unknown;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

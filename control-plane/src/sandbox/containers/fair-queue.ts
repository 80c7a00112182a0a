/** A queue in which groups take turns: first come, first served within a group only. */
export class FairQueue<T> {
  /** In the order of their next turn. */
  readonly #groups = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(group: string, item: T): void {
    const waiting = this.#groups.get(group);
    if (waiting) waiting.push(item);
    else this.#groups.set(group, [item]);
    this.#size++;
  }

  /** The next in turn; its group comes last from then on. */
  shift(): T | undefined {
    const [first] = this.#groups;
    if (!first) return undefined;
    const [group, waiting] = first;
    const item = waiting.shift();
    this.#groups.delete(group);
    if (waiting.length > 0) this.#groups.set(group, waiting);
    this.#size--;
    return item;
  }

  /** Takes an item out of turn; one that is not there is ignored. */
  remove(group: string, item: T): void {
    const waiting = this.#groups.get(group);
    const at = waiting?.indexOf(item) ?? -1;
    if (!waiting || at < 0) return;
    waiting.splice(at, 1);
    if (waiting.length === 0) this.#groups.delete(group);
    this.#size--;
  }
}

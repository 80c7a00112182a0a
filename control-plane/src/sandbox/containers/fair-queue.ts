/** Who wait take turns: round robin over groups, first come first served within a group. */
export class FairQueue<T extends { readonly group: string }> {
  /** Groups in the order of their turns. */
  readonly #lines = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    const line = this.#lines.get(item.group);
    if (line) line.push(item);
    else this.#lines.set(item.group, [item]);
    this.#size++;
  }

  /** Whose turn it is. */
  peek(): T | undefined {
    const [line] = this.#lines.values();
    return line?.[0];
  }

  /** Takes out whose turn it is; it is then the next group's turn. */
  shift(): T | undefined {
    const item = this.peek();
    if (!item) return undefined;
    const line = this.#lines.get(item.group) ?? [];
    this.#lines.delete(item.group);
    line.shift();
    if (line.length > 0) this.#lines.set(item.group, line);
    this.#size--;
    return item;
  }

  /** Who came last in the longest line, if that line is longer than a newcomer's would be. */
  lastBefore(newcomer: T): T | undefined {
    const lines = [...this.#lines.values()];
    const longest = lines.reduce<readonly T[]>((best, line) => (line.length > best.length ? line : best), []);
    const own = this.#lines.get(newcomer.group)?.length ?? 0;
    return longest.length > own + 1 ? longest.at(-1) : undefined;
  }

  /** Takes out one that waits no longer. */
  remove(item: T): void {
    const line = this.#lines.get(item.group) ?? [];
    const at = line.indexOf(item);
    if (at < 0) return;
    line.splice(at, 1);
    if (line.length === 0) this.#lines.delete(item.group);
    this.#size--;
  }
}

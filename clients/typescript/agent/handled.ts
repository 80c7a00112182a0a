/** Acknowledgements are written within a second; a server repeats no more messages than these. */
const REMEMBERED = 10_000;

/**
 * The messages that were handled last. What was acknowledged just before a connection broke may not have
 * reached the server, and comes again.
 */
export class Handled {
  readonly #ids = new Set<string>();

  has(messageId: string): boolean {
    return this.#ids.has(messageId);
  }

  add(messageId: string): void {
    this.#ids.add(messageId);
    if (this.#ids.size <= REMEMBERED) return;
    const [oldest] = this.#ids;
    if (oldest !== undefined) this.#ids.delete(oldest);
  }
}

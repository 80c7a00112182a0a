/** What a digest was read under; another value of `changes` may mean another launcher. */
interface Known {
  readonly digest: string;
  readonly changes: number;
}

/** As much of a pool as tells whether the launcher may be another one by now. */
interface Pool {
  readonly changes: number;
  readonly isAlive: boolean;
}

/**
 * The runner image's digest, asked for once for as long as it cannot have changed: a launcher's end is
 * the end of its containers, so one that lives on says that its launcher does.
 */
export class RuntimeDigest {
  readonly #pool: Pool;
  readonly #ask: () => Promise<string>;
  #known: Known | undefined;

  constructor(pool: Pool, ask: () => Promise<string>) {
    this.#pool = pool;
    this.#ask = ask;
  }

  /** @throws what asking throws */
  async read(): Promise<string> {
    const { changes, isAlive } = this.#pool;
    if (isAlive && this.#known?.changes === changes) return this.#known.digest;
    const digest = await this.#ask();
    this.#known = { digest, changes };
    return digest;
  }
}

type Counts = Readonly<Record<string, number>>;

/** Connections of bots by their outcome, as the operator's metrics tell them. */
export class EgressCounts {
  readonly #url: string;

  constructor(url: string) {
    this.#url = `${url}/metrics`;
  }

  async read(): Promise<Counts> {
    const text = await (await fetch(this.#url)).text();
    const lines = text.matchAll(/^egress_connections_total\{outcome="(\w+)"\} (\d+)$/gm);
    return Object.fromEntries([...lines].map(([, outcome = '', count]) => [outcome, Number(count)]));
  }

  /** What has come on top since. */
  async since(before: Counts): Promise<Counts> {
    const grown = Object.entries(await this.read()).map(([outcome, count]) => [
      outcome,
      count - (before[outcome] ?? 0),
    ]);
    return Object.fromEntries(grown.filter(([, count]) => Number(count) > 0));
  }
}

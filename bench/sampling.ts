/** Times in ms. */
export interface Samples {
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
}

/** One thing to measure; what `run` awaits is what is timed, unless it answers a time of its own, ms. */
export interface Probe {
  readonly name: string;
  run(): Promise<number | void>;
}

/**
 * Samples the probes in turn, so that whatever else the machine does falls on all of them alike.
 *
 * @param count samples of each probe, after a tenth as many that are thrown away
 */
export async function interleave(probes: readonly Probe[], count: number): Promise<Map<string, Samples>> {
  const times = new Map(probes.map(({ name }) => [name, new Float64Array(count)]));
  const warmUp = Math.ceil(count / 10);
  for (let round = -warmUp; round < count; round++) {
    for (const probe of probes) {
      const ms = await timed(probe);
      if (round >= 0) times.get(probe.name)?.fill(ms, round, round + 1);
    }
  }
  return new Map([...times].map(([name, all]) => [name, summarize(all)]));
}

/** One run of a probe, ms. */
export async function timed(probe: Probe): Promise<number> {
  const start = performance.now();
  const own = await probe.run();
  return own ?? performance.now() - start;
}

/** Median and 99th percentile. */
export function summarize(times: Float64Array): Samples {
  const sorted = times.toSorted();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), count: sorted.length };
}

/** The samples of one probe. */
export function of(samples: ReadonlyMap<string, Samples>, name: string): Samples {
  const found = samples.get(name);
  if (!found) throw new Error(`Nothing was measured as ${name}.`);
  return found;
}

import { residentMb } from '../../tests/hostile/support/traces.ts';

const EVERY_MS = 10_000;
const MB = 2 ** 20;

/** What a server's process holds at one moment, MB. */
export interface MemorySample {
  readonly resident: number;
  /** Objects of JavaScript, those that nobody needs any more among them. */
  readonly heap: number;
  /** Buffers outside of that. */
  readonly external: number;
}

/** Looks at a server's memory now and then, until it is told to stop. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #url: string;
  readonly #samples: MemorySample[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number, url: string) {
    this.#pid = pid;
    this.#url = `${url}/metrics`;
    this.#timer = setInterval(() => void this.#look().catch(() => undefined), EVERY_MS);
  }

  /** @returns all samples, the last of them taken now */
  async stop(): Promise<readonly MemorySample[]> {
    clearInterval(this.#timer);
    await this.#look();
    return this.#samples;
  }

  async #look(): Promise<void> {
    const text = await (await fetch(this.#url)).text();
    const gauge = (name: string) =>
      Math.round(Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN) / MB);
    this.#samples.push({
      resident: Math.round(residentMb(this.#pid)),
      heap: gauge('nodejs_heap_size_used_bytes'),
      external: gauge('nodejs_external_memory_bytes'),
    });
  }
}

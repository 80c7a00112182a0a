import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

const WRITER = new URL('./writer.ts', import.meta.url).pathname;

export interface WriterOptions {
  readonly path: string;
  /** How many commits it appends. */
  readonly total: number;
  readonly atOnce?: number;
  readonly synchronous?: 'OFF';
  /** Words before the command, such as a tracer's. */
  readonly before?: readonly string[];
}

/** A running writer.ts. */
export class WriterProcess implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #closed: Promise<unknown>;
  readonly #lines: string[] = [];
  #errors = '';
  #wake = () => {};

  constructor(options: WriterOptions) {
    const { path, total, atOnce = 1, synchronous = 'FULL', before = [] } = options;
    const command = [...before, process.execPath, WRITER, path, `${total}`, `${atOnce}`, synchronous];
    this.#child = spawn(command[0] ?? '', command.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#closed = once(this.#child, 'close');
    createInterface(this.#child.stdout).on('line', (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    this.#child.on('close', () => this.#wake());
  }

  /** Numbers of the commits that were acknowledged so far. */
  get acknowledged(): readonly number[] {
    return this.#lines.filter((line) => line.startsWith('ack ')).map((line) => Number(line.slice(4)));
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Resolves once it has said that many lines. */
  async said(count: number): Promise<void> {
    while (this.#lines.length < count) {
      if (this.#child.exitCode !== null) throw new Error(`The writer ended early: ${this.#errors}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Kills it with -9 and reads to the end what it said before. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  /** Lets it finish and close its store; its exit code. */
  async finish(): Promise<number | null> {
    this.#child.stdin.end();
    await this.#closed;
    return this.#child.exitCode;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

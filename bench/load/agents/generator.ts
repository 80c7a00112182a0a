import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Command, Commands, Told } from './protocol.ts';

const PROGRAM = fileURLToPath(new URL('./main.ts', import.meta.url));

/** A load generator in a process of its own: what it costs is not the server's, nor another generator's. */
export class Generator implements AsyncDisposable {
  readonly #child: ChildProcess;
  #waiting: PromiseWithResolvers<Told> | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (told: Told) => this.#waiting?.resolve(told));
    child.on('exit', () => this.#waiting?.reject(new Error('The load generator has ended.')));
  }

  static async start(): Promise<Generator> {
    const child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(child, 'message');
    return new Generator(child);
  }

  /** One command at a time. @throws what the generator failed with */
  async ask<C extends Command>(command: C, input: Commands[C]['in']): Promise<Commands[C]['out']> {
    this.#waiting = Promise.withResolvers<Told>();
    this.#child.send({ command, input });
    const told = await this.#waiting.promise;
    if ('error' in told) throw new Error(`${command}: ${told.error}`);
    return told.value as Commands[C]['out'];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill();
    await exited;
  }
}

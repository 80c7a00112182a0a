import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../../control-plane/src/config/config.ts';
import { SETTINGS } from '../../control-plane/src/config/settings.ts';

const MAIN = fileURLToPath(new URL('../../control-plane/src/main.ts', import.meta.url));
const LAUNCHER = fileURLToPath(new URL('../../control-plane/src/launcher/main.ts', import.meta.url));
const LAUNCHER_ONLY = SETTINGS.filter((row) => row.for === 'launcher').map(({ env }) => env);

/** The server as users run it: two processes. Disposing of it stops both, and waits until they have. */
export class ServerProcess implements AsyncDisposable {
  readonly url: string;
  readonly launcherSocket: string;
  readonly #child: ChildProcess;
  readonly #env: NodeJS.ProcessEnv;
  #launcher: ChildProcess;

  private constructor(url: string, child: ChildProcess, launcher: ChildProcess, env: NodeJS.ProcessEnv) {
    this.url = url;
    this.launcherSocket = readConfig(env).launcherSocket;
    this.#child = child;
    this.#launcher = launcher;
    this.#env = env;
  }

  /**
   * @param nodeArgs flags of Node itself for the server, such as those of its profiler
   * @param launcher one that lives already: the server's, when this is disposed of
   * @param hear told all that both processes write; else their errors are shown
   */
  static async start(
    env: NodeJS.ProcessEnv,
    nodeArgs: readonly string[] = [],
    launcher?: ChildProcess,
    hear?: Hear,
  ): Promise<ServerProcess> {
    const beside = launcher ?? (await launch(env, hear));
    try {
      const { url, child } = await serve(env, nodeArgs, hear);
      return new ServerProcess(url, child, beside, env);
    } catch (error) {
      await end(beside, 'SIGTERM');
      throw error;
    }
  }

  /** The server's process. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get launcherPid(): number {
    return this.#launcher.pid ?? 0;
  }

  /** Ends both at once, as a crash of the machine would; or the server, and the launcher as its supervisor does. */
  async kill(which: 'both' | 'server' = 'both'): Promise<void> {
    const launcher = which === 'both' ? 'SIGKILL' : 'SIGTERM';
    await Promise.all([end(this.#child, 'SIGKILL'), end(this.#launcher, launcher)]);
  }

  /** Ends the launcher alone, at once. */
  async killLauncher(): Promise<void> {
    await end(this.#launcher, 'SIGKILL');
  }

  /** Starts another launcher in place of one that has ended. */
  async startLauncher(): Promise<void> {
    this.#launcher = await launch(this.#env);
  }

  /** Ends the server alone, at once. @returns the launcher, which a new server may be given */
  async killServer(): Promise<ChildProcess> {
    await end(this.#child, 'SIGKILL');
    return this.#launcher;
  }

  /** Ends it as an operator does: the server first. @returns the server's exit code */
  async stop(): Promise<number | null> {
    await end(this.#child, 'SIGTERM');
    await end(this.#launcher, 'SIGTERM');
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Told what a process writes. */
type Hear = (text: string) => void;

async function serve(env: NodeJS.ProcessEnv, nodeArgs: readonly string[], hear?: Hear) {
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !LAUNCHER_ONLY.includes(name)));
  const child = spawn(process.execPath, [...nodeArgs, MAIN], {
    env: { PATH: process.env['PATH'], ...own },
    stdio: ['ignore', 'pipe', hear ? 'pipe' : 'inherit'],
  });
  if (hear) listenTo(child, hear);
  let output = '';
  const stdout = child.stdout as Readable;
  for await (const line of createInterface(stdout)) {
    output += `${line}\n`;
    const url = /^MCP Multiplayer listens on (https?:\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    stdout.resume();
    return { url, child };
  }
  throw new Error(`The server ended before it listened:\n${output}`);
}

function listenTo({ stdout, stderr }: ChildProcess, hear: Hear): void {
  for (const output of [stdout, stderr]) output?.setEncoding('utf8').on('data', hear);
}

async function launch(env: NodeJS.ProcessEnv, hear?: Hear): Promise<ChildProcess> {
  const child = spawn(process.execPath, [LAUNCHER], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', hear ? 'pipe' : 'ignore', hear ? 'pipe' : 'inherit', 'ipc'],
  });
  if (hear) listenTo(child, hear);
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('The launcher did not start.')));
  await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => undefined);
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Ran, runPythonTool } from '../../support/python-tools.ts';
import { type TempDir, tempDir } from '../../support/temp-dir.ts';

/** The client's folder. */
export const CLIENT = fileURLToPath(new URL('../../../clients/python', import.meta.url));

const WHERE = 'import sysconfig; print(sysconfig.get_path("purelib"))';

/** An environment of its own in which pip has installed the client, as a user would have it. */
export class PythonPackage implements AsyncDisposable {
  readonly #data: TempDir;

  private constructor(data: TempDir) {
    this.#data = data;
  }

  static async install(): Promise<PythonPackage> {
    await using stack = new AsyncDisposableStack();
    const data = stack.use(await tempDir());
    const installed = new PythonPackage(data);
    await succeed(runPythonTool('python', ['-m', 'venv', '--without-pip', data.path], { timeoutMs: 30_000 }));
    // What the client depends on was installed for all tests; pip finds it there, or says that it does not suit.
    const tools = await succeed(runPythonTool('python', ['-c', WHERE], { timeoutMs: 30_000 }));
    const own = await succeed(installed.run(['-c', WHERE], {}));
    await writeFile(join(own.out.trim(), 'tools.pth'), tools.out);
    const pip = ['-m', 'pip', '--python', installed.#python, 'install', '--quiet'];
    const options = ['--no-index', '--no-build-isolation', '--disable-pip-version-check', CLIENT];
    await succeed(runPythonTool('python', [...pip, ...options], { timeoutMs: 60_000 }));
    stack.move();
    return installed;
  }

  /** Runs Python to its end, in the client's folder. */
  run(args: readonly string[], env: Record<string, string>): Promise<Ran> {
    return runPythonTool(this.#python, args, { env: this.#with(env), cwd: CLIENT, timeoutMs: 60_000 });
  }

  /** What the client keeps by itself goes with the test. */
  #with(env: Record<string, string>): Record<string, string> {
    return { XDG_STATE_HOME: this.#data.file('state'), ...env };
  }

  /** Writes a script and runs it until it is disposed of; gives its lines. */
  async script(text: string, env: Record<string, string>): Promise<Script> {
    const path = this.#data.file('script.py');
    await writeFile(path, text);
    const child = spawn(this.#python, [path], {
      env: { PYTHONUNBUFFERED: '1', ...this.#with(env) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return {
      lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
      [Symbol.asyncDispose]: async () => {
        const ended = once(child, 'exit');
        if (child.exitCode === null && child.kill('SIGKILL')) await ended;
      },
    };
  }

  get #python(): string {
    return this.#data.file('bin/python');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#data[Symbol.asyncDispose]();
  }
}

interface Script extends AsyncDisposable {
  readonly lines: AsyncIterator<string>;
}

async function succeed(running: Promise<Ran>): Promise<Ran> {
  const ran = await running;
  if (ran.code !== 0) throw new Error(`Python ended with ${ran.code}: ${ran.err || ran.out}`);
  return ran;
}

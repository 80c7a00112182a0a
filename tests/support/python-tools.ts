import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

/** How a program ended, and what it wrote. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * Why programs of deploy/python/requirements.txt cannot be run here; undefined where they can.
 *
 * @throws in CI, which has to run them
 */
export function missingPythonTools(): string | undefined {
  if (process.env['PYTHON_TOOLS']) return undefined;
  const reason = 'PYTHON_TOOLS names no folder: npm test installs the programs from PyPI';
  if (process.env['CI']) throw new Error(reason);
  return reason;
}

/** Runs one of them, or a program by its whole path, to its end. @param timeoutMs after this it is killed */
export async function runPythonTool(
  name: string,
  args: readonly string[],
  { env = {}, cwd, timeoutMs }: { env?: Record<string, string>; cwd?: string; timeoutMs: number },
): Promise<Ran> {
  const { PATH, PYTHON_TOOLS = '' } = process.env;
  const child = spawn(resolve(PYTHON_TOOLS, name), args, {
    // Nothing of the surroundings: a proxy or a configuration of this machine is not part of the test.
    env: { PATH, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1', ...env },
    ...(cwd && { cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const [[code], out, err] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code: code as number | null, out, err };
}

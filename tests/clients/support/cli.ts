import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program of clients/typescript as a child process. */
export async function runClient(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Ended> {
  const program = fileURLToPath(new URL(`../../../clients/typescript/${file}`, import.meta.url));
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, out, err };
}

/** The command line of one person: an account name and a token file. */
export function commandLine(url: string, name: string, tokenFile: string) {
  const env = { MCP_BASE_URL: url, MCP_CLIENT_NAME: name, MCP_TOKEN_FILE: tokenFile };
  const run = (...args: string[]) => runClient('cli.ts', args, env);
  return {
    run,
    /** The answer as a machine reads it. */
    async json(...args: string[]) {
      const { code, out, err } = await run(...args, '--json');
      if (code !== 0) throw new Error(`exit code ${code}: ${err}`);
      return JSON.parse(out);
    },
  };
}

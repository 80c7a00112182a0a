import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

export interface Outcome {
  readonly ok: boolean;
  /** What the tool wrote. */
  readonly output: string;
}

const LIMIT_MS = 300_000;

/**
 * Runs the program of an installed package to its end.
 *
 * @param root the project's folder
 * @param name the package; its first `bin` is run with this Node
 */
export async function tool(root: string, name: string, args: readonly string[]): Promise<Outcome> {
  const folder = `${root}/node_modules/${name}`;
  const { bin } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8')) as {
    bin: string | Record<string, string>;
  };
  const program = typeof bin === 'string' ? bin : Object.values(bin)[0];
  if (program === undefined) throw new Error(`${name} has no program`);
  return new Promise((resolve) => {
    const options = { cwd: root, timeout: LIMIT_MS, maxBuffer: 2 ** 26 };
    execFile(process.execPath, [`${folder}/${program}`, ...args], options, (error, stdout, stderr) => {
      const failure = error && typeof error.code !== 'number' ? `${error.message}\n` : '';
      resolve({ ok: error === null, output: `${failure}${stdout}${stderr}`.trim() });
    });
  });
}

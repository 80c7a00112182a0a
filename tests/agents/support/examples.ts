import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

const THEIR_HOST = 'localhost:8080';

/**
 * Runs an example of the mission as it stands there, by bash, except for the host and the token.
 *
 * @param token shown with every request of the command, where there is one
 * @returns what it printed
 */
export async function runCommand(url: string, command: string, token?: string): Promise<string> {
  const header = token === undefined ? '' : ` -H "Authorization: Bearer ${token}"`;
  const ours = command.replace(THEIR_HOST, new URL(url).host).replace(/^curl/, `curl${header}`);
  const child = spawn('bash', ['-c', ours], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [out] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`It ended with ${child.exitCode}: ${ours}`);
  return out;
}

/** As runCommand, for what answers JSON. */
export const runJson = async (url: string, command: string, token?: string) =>
  JSON.parse(await runCommand(url, command, token)) as Record<string, unknown>;

/** Half a minute of the example passes in a third of a second. */
const FAST = `const slow = setInterval; globalThis.setInterval = (run, ms) => slow(run, ms / 100);`;

/** Runs a JavaScript example of the mission by Node, except for the host and a ticket, until it is disposed of. */
export function runScript(url: string, script: string, ticket: string) {
  const ours = script.replace(THEIR_HOST, new URL(url).host).replace(/(\/ws\/[^']+)/, `$1?ticket=${ticket}`);
  const preload = `data:text/javascript,${encodeURIComponent(FAST)}`;
  const child = spawn(process.execPath, ['--import', preload, '--eval', ours], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    /** Resolves with the first line that holds this. */
    async line(part: string): Promise<string> {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`It ended before it printed: ${part}`);
        if (value.includes(part)) return value;
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}

import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A bare server in a process of its own, and what it takes for a token. */
export interface BareProcess extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
}

/** @param program says where it listens, in its first line */
export async function startBare(program: URL): Promise<BareProcess> {
  const token = randomUUID();
  const hash = createHash('sha256').update(token).digest('hex');
  const child = spawn(process.execPath, [fileURLToPath(program), hash], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = await once(createInterface(child.stdout), 'line');
  return {
    url: String(url),
    token,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}

/** The bare relay of messages between agents. */
export const startRelay = () => startBare(new URL('./relay.ts', import.meta.url));

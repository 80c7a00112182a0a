import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { LauncherClient } from '../../../control-plane/src/launcher/client.ts';
import { encodeFrame, readFrame } from '../../../control-plane/src/launcher/frames.ts';
import { LauncherServer, type LauncherServerOptions } from '../../../control-plane/src/launcher/server.ts';
import type { Json } from '../../../control-plane/src/kernel/json/value.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { FakeLauncher } from './fake-launcher.ts';

/** The launcher's socket with a fake behind it, and clients good and bad. */
export interface TestLauncher extends AsyncDisposable {
  readonly fake: FakeLauncher;
  readonly server: LauncherServer;
  readonly client: LauncherClient;
  readonly socketPath: string;
  /** A connection that says nothing by itself. */
  dial(): Promise<Socket>;
}

export const LIMITS = { memoryBytes: 64 * 2 ** 20, processes: 64 };
export const START = { v: 1, op: 'start', memory_bytes: LIMITS.memoryBytes, processes: 64 };

export async function startTestLauncher(options: Partial<LauncherServerOptions> = {}): Promise<TestLauncher> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir());
  const fake = new FakeLauncher();
  const socketPath = dir.file('launcher.sock');
  const log = { warn: () => undefined };
  const server = stack.use(
    await LauncherServer.listen({ launcher: fake, socketPath, maxContainers: 4, log, ...options }),
  );
  const client = stack.use(new LauncherClient({ socketPath }));
  const held = stack.move();
  return {
    fake,
    server,
    client,
    socketPath,
    async dial() {
      const socket = createConnection(socketPath);
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      held.defer(() => void socket.destroy());
      return socket;
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

export function say(socket: Socket, request: Json): void {
  socket.write(encodeFrame(request));
}

/** What the launcher answers, or undefined where it hangs up without a word. */
export async function answerOf(socket: Socket): Promise<Json | undefined> {
  const frame = await readFrame(socket, 65_536, AbortSignal.timeout(5000)).catch(() => undefined);
  return frame && JSON.parse(frame.toString());
}

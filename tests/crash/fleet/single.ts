import { containersOf } from '../../support/containers.ts';
import { testEnv } from '../../support/server-env.ts';
import { ServerProcess } from '../../support/server-process.ts';
import { freePort } from '../../support/service.ts';
import { openSqlite } from '../../support/sqlite-store.ts';
import { tempDir } from '../../support/temp-dir.ts';
import type { Fleet } from './fleet.ts';
import { type Member, serverHarms } from './harms.ts';

/** One server on the embedded store. */
export async function startSingle(env: NodeJS.ProcessEnv): Promise<Fleet> {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await tempDir());
  const all = { ...testEnv(data.path, env), PORT: String(await freePort()) };
  const restart = () => ServerProcess.start(all);
  const member: Member = { server: await restart(), instance: all.INSTANCE_ID, restart };
  stack.defer(() => member.server.stop().then(() => undefined));
  const held = stack.move();
  return {
    urls: [member.server.url],
    harms: serverHarms([member], 4_000),
    async stop() {
      const code = await member.server.stop();
      const left = await containersOf(all.INSTANCE_ID);
      return [...left, ...(code === 0 ? [] : [`the server ended with ${code}`])];
    },
    async openStore() {
      const store = await openSqlite(data.file('multiplayer.sqlite'));
      return { commits: store.commits, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

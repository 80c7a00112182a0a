import { authorize } from '../clients/typescript/client/oauth.ts';
import { testEnv } from '../tests/support/server-env.ts';
import { ServerProcess } from '../tests/support/server-process.ts';
import { tempDir } from '../tests/support/temp-dir.ts';
import { type Call, rest } from './edges.ts';
import { HttpClient } from './http.ts';

/** A server beside the benchmark's, for what would disturb that one. */
export interface OwnServer extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
  /** Calls over REST. */
  readonly call: Call;
}

export async function ownServer(env: NodeJS.ProcessEnv): Promise<OwnServer> {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await tempDir());
  const raised = { LOOP_GUARD_PER_MINUTE: '1000000', LOOP_GUARD_BURST: '1000000' };
  const server = stack.use(await ServerProcess.start(testEnv(data.path, { ...raised, ...env })));
  const { url, pid } = server;
  const token = await authorize(url, 'Bench');
  const http = stack.use(new HttpClient(url, token));
  const held = stack.move();
  return { pid, url, token, call: rest(http), [Symbol.asyncDispose]: () => held.disposeAsync() };
}

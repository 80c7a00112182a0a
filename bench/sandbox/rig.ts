import { randomUUID } from 'node:crypto';
import { LauncherClient } from '../../control-plane/src/launcher/client.ts';
import { sha256Label } from '../../control-plane/src/kernel/hash.ts';
import type { ClaimSource } from '../../control-plane/src/kernel/metrics.ts';
import { ContainerSandbox } from '../../control-plane/src/sandbox/containers/sandbox.ts';
import type { BotProgram, HookCall, Network } from '../../control-plane/src/sandbox/port.ts';
import { LIMITS } from '../floors/container.ts';

/** How the sandbox of a measurement is sized. */
export interface RigOptions {
  /** Blank containers kept ready. */
  readonly poolSize: number;
  readonly maxContainers: number;
}

/** Posts what it is told. */
const PLAIN = `
class Bot:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_message(self, msg):
        self.ctx.post('bot', {'text': msg['body']['text']})
`;

/** The same, with the largest of the network modules. */
const NETWORKED = `import requests\n${PLAIN}`;

/** One claim of a container: where it came from and how long it took, ms. */
export interface Claim {
  readonly source: ClaimSource;
  readonly ms: number;
}

/** The sandbox port on a launcher in a process of its own, as the server has it. */
export class Rig implements AsyncDisposable {
  readonly sandbox: ContainerSandbox;
  readonly claims: Claim[] = [];

  constructor(launcherSocket: string, { poolSize, maxContainers }: RigOptions) {
    this.sandbox = new ContainerSandbox({
      launcher: new LauncherClient({ socketPath: launcherSocket }),
      limits: LIMITS,
      poolSize,
      poolRefillPerS: 50,
      maxContainers,
      events: { claim: (source, ms) => void this.claims.push({ source, ms }) },
    });
  }

  /** Runs one hook of a bot, which starts with it if need be. @throws {Error} if it does not answer well */
  async hook(program: BotProgram): Promise<void> {
    const result = await this.sandbox.run(program, CALL);
    if (result.outcome !== 'ok') throw new Error(`A hook went wrong: ${JSON.stringify(result)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sandbox.close();
  }
}

/** A bot of its own, with or without network modules. */
export function bot(kind: 'plain' | 'networked'): BotProgram {
  const source = kind === 'plain' ? PLAIN : NETWORKED;
  const network: Network = kind === 'plain' ? 'off' : 'public';
  const key = randomUUID();
  return {
    key,
    group: key,
    source,
    codeHash: sha256Label(source),
    params: {},
    env: {},
    limits: LIMITS,
    network,
  };
}

const CALL: HookCall = {
  hook: 'on_message',
  args: [{ id: 1, sender: 's1', kind: 'user', body: { text: 'a word' }, ts: '2026-01-01T00:00:00.000Z' }],
  state: null,
  stateVersion: 0,
  players: [{ slot_id: 's1', label: 'a' }],
  nowMs: 0,
  seed: '0'.repeat(64),
};

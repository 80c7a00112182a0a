import type { ToolName } from '../support.ts';
import type { NextCall } from '../../../control-plane/src/kernel/errors.ts';
import { HeldHook, ok } from '../../support/fake-sandbox.ts';
import type { Answer, Models, Session } from '../support.ts';

/** A call that fails, and the way on that its answer tells. */
export interface Case {
  readonly session: Session;
  readonly tool: ToolName;
  readonly args: Readonly<Record<string, unknown>>;
  /** The call that the error must tell in full. */
  readonly told?: NextCall;
  /** What happens while the told call is under way. */
  readonly meanwhile?: () => void;
  /** Gets what the call was for by doing what the error says; throws where that does not work. */
  readonly goal?: (error: Answer, followed: Answer | undefined) => Promise<unknown>;
}

/** What leads to an error, by what it is about. */
export type Provoke = (models: Models) => Promise<Case>;

export const SOURCE = 'class Referee:\n    pass\n';

/** The hooks of SOURCE on a message, which the test ends. */
export function holdHooks({ channels }: Models): HeldHook {
  const hook = new HeldHook();
  channels.sandbox.script(SOURCE, (call, program) =>
    call.hook === 'on_message' ? hook.script(call, program) : ok(),
  );
  return hook;
}

/** A channel of alice's with a bot in s0; alice sits in s1 and bob in s2, as far as `seats` says. */
export async function openTable(
  models: Models,
  { seats = ['alice', 'bob'], creation = {} }: { seats?: readonly string[]; creation?: object } = {},
) {
  const alice = models.as('alice');
  const slots = ['bot:Referee', 'invite:one', 'invite:two', 'invite:three'];
  const table = { name: 'Table', slots, bot_code: SOURCE, ...creation };
  const created = await alice.call('create_channel', table);
  const channel_id = created['channel_id'] as string;
  const invites = created['invites'] as readonly string[];
  const tokens: string[] = [];
  for (const [index, account] of seats.entries()) {
    const joined = await models.as(account).call('join_channel', { invite_code: invites[index] });
    tokens.push(joined['rejoin_token'] as string);
  }
  await models.channels.settled(channel_id);
  return { channel_id, invites, tokens, alice, bob: models.as('bob'), bot_id: 'bot_Referee_0' };
}

export const look = (channel_id: string): NextCall => ({
  tool: 'get_channel_info',
  arguments: { channel_id },
});
export const listMine: NextCall = { tool: 'list_channels', arguments: {} };
export const administer = (channel_id: string, ...ops: Readonly<Record<string, string | boolean>>[]) => ({
  channel_id,
  ops,
});

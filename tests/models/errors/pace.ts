import { CodedError } from '../../../control-plane/src/kernel/errors.ts';
import { openTable, type Provoke, SOURCE } from './case.ts';

/** Errors that pass: the same call goes through later. */
export const PACE: Readonly<Record<string, Provoke>> = {
  async LOOP_GUARD(models) {
    const { bob, channel_id } = await openTable(models);
    const args = { channel_id, body: 'again', wait_ms: 0 };
    for (let left = 1; left > 0; ) left = (await bob.call('post_message', args))['loop_guard'].remaining;
    return {
      session: bob,
      tool: 'post_message',
      args,
      goal: ({ retry_after_s }) => {
        models.channels.clock.forward(retry_after_s * 1_000);
        return bob.call('post_message', args);
      },
    };
  },

  async RATE_LIMITED(models) {
    const session = models.as('dave');
    let refused = false;
    while (!refused) refused = (await session.try('list_channels')).failed;
    return {
      session,
      tool: 'list_channels',
      args: {},
      goal: ({ retry_after_s }) => {
        models.channels.clock.forward(retry_after_s * 1_000);
        return session.call('list_channels');
      },
    };
  },

  async STORE_UNAVAILABLE(models) {
    const { bob, channel_id } = await openTable(models);
    const args = { channel_id, body: 'move', wait_ms: 0, idempotency_key: 'move-1' };
    const { store } = models.channels;
    const { append } = store;
    store.append = async () => {
      throw new CodedError('STORE_UNAVAILABLE');
    };
    return {
      session: bob,
      tool: 'post_message',
      args,
      goal: async () => {
        store.append = append;
        await bob.call('post_message', args);
        const said = (await models.channels.entries(channel_id)).filter(({ kind }) => kind === 'user');
        if (said.length !== 1) throw new Error(`It stands there ${said.length} times.`);
      },
    };
  },

  SANDBOX_UNAVAILABLE: (models) => withoutContainer(models, false),
  CAPACITY: (models) => withoutContainer(models, true),
};

async function withoutContainer(models: Parameters<Provoke>[0], noCapacity: boolean) {
  const { sandbox } = models.channels;
  sandbox.checks(SOURCE, { outcome: 'not_run', detail: 'None is to be had.', noCapacity });
  const session = models.as('alice');
  const args = { name: 'n', slots: ['bot:b'], bot_code: SOURCE, idempotency_key: 'make' };
  return {
    session,
    tool: 'create_channel' as const,
    args,
    goal: () => {
      sandbox.checks(SOURCE, { outcome: 'ok', className: 'Referee', usesNetwork: false });
      return session.call('create_channel', args);
    },
  };
}

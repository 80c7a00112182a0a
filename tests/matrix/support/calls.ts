import type { OperationName } from '../../../control-plane/src/channels/operations/index.ts';
import type { UpdateOp } from '../../../control-plane/src/channels/operations/ops.ts';
import type { Channel } from './world.ts';

/** A call of the matrix: its operation, and arguments that are right for who may make it. */
export interface Call {
  readonly operation: OperationName;
  readonly args: (channel: Channel) => Readonly<Record<string, unknown>>;
}

const inChannel =
  (more: (channel: Channel) => Readonly<Record<string, unknown>> = () => ({})) =>
  (channel: Channel) => ({ channel_id: channel.channel_id, ...more(channel) });

/** One call for each operation, but for update_channel, of which each op is one. */
const OPERATIONS_BUT_UPDATE: Readonly<Record<Exclude<OperationName, 'update_channel'>, Call['args']>> = {
  health_check: () => ({}),
  create_channel: () => ({ name: 'Another', slots: ['invite:a'] }),
  join_channel: ({ invite }) => ({ invite_code: invite }),
  post_message: inChannel(() => ({ body: 'a word', wait_ms: 0 })),
  dm_bot: inChannel(({ bot_id }) => ({ bot_id, message: 'a word', wait_ms: 0 })),
  sync_messages: inChannel(() => ({ timeout_ms: 0 })),
  get_channel_info: inChannel(),
  get_bot_code: inChannel(({ bot_id }) => ({ bot_id })),
  list_channels: () => ({}),
  attach_bot: inChannel(() => ({ slot: 'spare', inline_code: 'class Second:\n    pass\n' })),
};

const OPS: { readonly [Type in UpdateOp['type']]: (channel: Channel) => Readonly<Record<string, unknown>> } =
  {
    set_bot: () => ({ slot: 'Bot', inline_code: 'class Other:\n    pass\n' }),
    remove_bot: ({ bot_id }) => ({ bot_id }),
    resume_bot: ({ bot_id }) => ({ bot_id }),
    yield_slot: () => ({}),
    evict: ({ slots }) => ({ slot_id: slots.one }),
    set_admin: ({ slots }) => ({ slot_id: slots.member, admin: true }),
    rename: () => ({ name: 'Renamed' }),
    issue_invite: ({ freeSlot }) => ({ slot_id: freeSlot }),
    revoke_invite: ({ freeSlot }) => ({ slot_id: freeSlot }),
    set_visibility: () => ({ visibility: 'listed' }),
    close: () => ({}),
    delete: () => ({}),
  };

/** Every call, by what the matrix calls it. */
export const CALLS: Readonly<Record<string, Call>> = {
  ...Object.fromEntries(
    Object.entries(OPERATIONS_BUT_UPDATE).map(([name, args]) => [
      name,
      { operation: name as OperationName, args },
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(OPS).map(([type, fields]) => [
      `update_channel ${type}`,
      {
        operation: 'update_channel' as const,
        args: (channel: Channel) => ({ channel_id: channel.channel_id, ops: [{ type, ...fields(channel) }] }),
      },
    ]),
  ),
};

import type { Arguments } from '../../client/tools.ts';
import {
  type Command,
  given,
  IDEMPOTENCY,
  jsonObject,
  jsonOption,
  keyField,
  SEAT,
  seatFields,
  UsageError,
} from '../command.ts';
import { renderInvites, renderView } from '../render.ts';
import { BOT, sourceOf } from './create.ts';

export const update: Command = {
  name: 'update',
  summary: 'administer a channel: all ops are applied, or none',
  args: ['channel'],
  options: {
    op: { type: 'string', multiple: true, value: 'json', help: 'an op, such as {"type":"close"}' },
    ...SEAT,
    ...IDEMPOTENCY,
  },
  example: `update chn_… --op '{"type":"issue_invite","slot_id":"s1"}'`,
  async *run(account, input) {
    const [channel_id = ''] = input.args;
    const ops = input.texts('op').map((text) => jsonObject(text, '--op'));
    if (ops.length === 0) throw new UsageError('--op is missing.');
    const answer = await account.call('update_channel', {
      channel_id,
      // The server knows which ops there are, and says what is wrong with one.
      ops: ops as Arguments<'update_channel'>['ops'],
      ...(await seatFields(account, input, channel_id)),
      ...keyField(input),
    });
    const invites = answer.invites ? ['New invite codes:', renderInvites(answer.invites)] : [];
    yield { answer, text: [renderView(answer.view, []), ...invites].join('\n') };
  },
};

export const attach: Command = {
  name: 'attach',
  summary: 'put a bot into an empty bot slot',
  args: ['channel'],
  options: {
    slot: { type: 'string', value: 'slot', help: "the slot's label or id (default: the first empty one)" },
    ...BOT,
    ...SEAT,
    ...IDEMPOTENCY,
  },
  example: 'attach chn_… --preset EchoBot',
  async *run(account, input) {
    const [channel_id = ''] = input.args;
    const preset = input.text('preset');
    const answer = await account.call('attach_bot', {
      channel_id,
      ...given({
        slot: input.text('slot'),
        code_ref: preset === undefined ? undefined : `builtin://${preset}`,
        inline_code: await sourceOf(input),
        params: jsonOption(input, 'params'),
      }),
      ...(await seatFields(account, input, channel_id)),
      ...keyField(input),
    });
    yield { answer, text: renderView(answer.view, [answer.bot]) };
  },
};

import { type Command, IDEMPOTENCY, type Input, keyField, UsageError } from '../command.ts';
import type { Account } from '../account.ts';
import { renderView } from '../render.ts';

export const join: Command = {
  name: 'join',
  summary: 'take a seat with an invite code, or come back to yours',
  args: ['[code]'],
  options: {
    channel: { type: 'string', value: 'channel', help: 'come back to a seat of yours in this channel' },
    slot: { type: 'string', value: 'slot', help: 'the seat, with --channel' },
    rotate: { type: 'boolean', help: 'with a rejoin token: replace it by a new one' },
    ...IDEMPOTENCY,
  },
  example: 'join inv_…',
  async *run(account, input) {
    const seat = await seatMeant(account, input);
    const answer = await account.call('join_channel', {
      ...seat,
      rotate: input.flag('rotate'),
      ...keyField(input),
    });
    const { channel_id, slot_id, rejoin_token } = answer;
    await account.remember(channel_id, { slot_id, rejoin_token });
    const text = [
      `You are ${slot_id} in ${channel_id}.`,
      renderView(answer.view, answer.bots),
      `Your seat's rejoin token, kept in the token file: ${rejoin_token}`,
    ].join('\n');
    yield { answer, text };
  },
};

/** A code; else the kept handle of a seat; else the seat that this account holds. */
async function seatMeant(account: Account, input: Input) {
  const [code] = input.args;
  const channel = input.text('channel');
  const slot = input.text('slot');
  if (code !== undefined) return { invite_code: code };
  if (channel === undefined) throw new UsageError('Give a code, or --channel and --slot.');
  const handle = await account.seat(channel, slot).catch(() => undefined);
  if (handle !== undefined) return { invite_code: handle };
  if (slot === undefined) throw new UsageError('No seat of this channel is kept: give --slot too.');
  return { channel_id: channel, slot_id: slot };
}

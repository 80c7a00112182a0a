import { rawImage } from '../../tests/sandbox/support/engine.ts';
import type { FigureSet } from '../bench.ts';
import type { Seat } from '../channels.ts';
import type { Call } from '../edges.ts';
import type { Figure } from '../figure.ts';
import { ownServer } from '../own-server.ts';
import { ATTACKS, HONEST } from '../sandbox/attacks.ts';
import { interleave, of, type Samples } from '../sampling.ts';

const TIMES = 3;

/** Post to reply in one channel while the bot of another attacks the machine, beside the same in quiet. */
export const neighbour: FigureSet = {
  name: 'neighbour',
  async measure({ samples, say }) {
    await using server = await ownServer({ RUNNER_IMAGE: await rawImage() });
    const { call } = server;
    const seat = await channel(call, HONEST);
    const figures: Figure[] = [];
    for (const [attack, code] of Object.entries(ATTACKS)) {
      say(`  ${attack} …`);
      const attacker = await channel(call, code);
      const count = Math.ceil(samples / 4);
      const before = await answers(call, seat, count);
      const stop = keepAttacking(call, attacker);
      const during = await answers(call, seat, count);
      await stop();
      figures.push(figure(attack, before, during));
    }
    return figures;
  },
};

function figure(attack: string, quiet: Samples, during: Samples): Figure {
  const ratio = during.p99 / quiet.p99;
  return {
    name: `p99 beside: ${attack}`,
    edge: 'REST',
    unit: 'ms',
    value: during.p99,
    samples: during.count,
    floor: { of: 'p99 in quiet, just before', value: quiet.p99 },
    target: { text: `<= ${TIMES}x quiet`, value: ratio, limit: TIMES, met: ratio <= TIMES },
  };
}

async function channel(call: Call, bot_code: string): Promise<Seat> {
  const slots = ['bot:b', 'invite:a'];
  const { invites } = await call('create_channel', { name: 'Neighbour', slots, bot_code });
  const { channel_id, rejoin_token: seat } = await call('join_channel', {
    invite_code: invites[0] ?? '',
  });
  return { channel_id, seat };
}

async function answers(call: Call, seat: Seat, count: number): Promise<Samples> {
  const name = 'post to reply';
  const run = async () => {
    const { replies } = await call('post_message', { ...seat, body: 'ping' });
    if (replies.length !== 1) throw new Error(`The honest bot did not answer: ${JSON.stringify(replies)}`);
  };
  return of(await interleave([{ name, run }], count), name);
}

/** Has the bot at its attack until it is told to stop. */
function keepAttacking(call: Call, { channel_id, seat }: Seat): () => Promise<void> {
  let going = true;
  const attack = async () => {
    while (going) {
      // Suspended after some failures: it is resumed, and attacks again.
      await call('post_message', { channel_id, seat, body: 'now', wait_ms: 5_000 }).catch(() => undefined);
      const { bots } = await call('get_channel_info', { channel_id, seat });
      const ops = bots
        .filter(({ status }) => status === 'suspended')
        .map(({ bot_id }) => ({ type: 'resume_bot' as const, bot_id }));
      if (ops.length > 0) await call('update_channel', { channel_id, ops });
    }
  };
  const attacking = attack();
  return async () => {
    going = false;
    await attacking;
    const { bots } = await call('get_channel_info', { channel_id, seat });
    const ops = bots.map(({ bot_id }) => ({ type: 'remove_bot' as const, bot_id }));
    await call('update_channel', { channel_id, ops });
  };
}

import type { Keeper } from './keeper.ts';
import { bearer, fieldsOf, type Visitor } from './visitor.ts';

/** Prints and fails with what it is told, or never ends. */
const BOT = `class Bot:
    def __init__(self, ctx, params):
        self.ctx = ctx

    def on_message(self, msg):
        text = msg['body'].get('text', '')
        print(text)
        if text.startswith('loop'):
            while True:
                pass
        if text.startswith('fails'):
            raise ValueError(text)

    def on_private_message(self, msg):
        raise ValueError(str(msg))
`;

interface Created {
  readonly channel_id: string;
  readonly invite_slots: readonly { readonly slot_id: string; readonly invite_code: string }[];
}
interface Joined {
  readonly rejoin_token: string;
  readonly bots: readonly { readonly bot_id: string }[];
}

/**
 * Two accounts in a channel: every call that takes or gives a code, texts that nobody else may read, and a
 * bot that fails. @returns the codes that were given
 */
export async function play(visitor: Visitor, keeper: Keeper, [alice, bob]: readonly [string, string]) {
  const body = (text: string) => keeper.keep(`a body (${text.slice(0, 5)})`, text);
  const made = fieldsOf<Created>(
    await visitor.post(
      '/create_channel',
      { name: 'A', slots: ['bot:R', 'invite:A', 'invite:B'], bot_code: BOT },
      bearer(alice),
    ),
  );
  const { channel_id, invite_slots } = made;
  const [first, second] = invite_slots.map(({ invite_code }) => invite_code) as [string, string];
  const join = async (invite_code: string, token: string) =>
    fieldsOf<Joined>(await visitor.post('/join_channel', { invite_code }, bearer(token)));
  const { rejoin_token: seat, bots } = await join(first, alice);
  const bobs = await join(second, bob);
  const back = await visitor.post('/join_channel', { invite_code: seat, rotate: true }, bearer(alice));
  const { rejoin_token: rotated } = fieldsOf<Joined>(back);
  const other = await visitor.post(
    '/join_channel',
    { channel_id, slot_id: invite_slots[0]?.slot_id },
    bearer(alice),
  );
  fieldsOf(other);
  const post = (text: string, args: object = {}) =>
    visitor.post(
      '/post_message',
      { channel_id, body: text, seat: rotated, wait_ms: 5_000, ...args },
      bearer(alice),
    );
  fieldsOf(await post(body('fails-2f6c1d0e9b7a4e')));
  fieldsOf(await post(body('loop-8a1be7720c5f3d')));
  fieldsOf(await post(body('keyed-51d0c3aa9e7b2f'), { idempotency_key: body('key-0f4b8e21c97d55') }));
  await post(first, { body: { text: `give away ${bobs.rejoin_token}` } });
  await post('stale', { seat });
  const message = body('whisper-77ce0d41b8a9f2');
  const dm = { channel_id, bot_id: bots[0]?.bot_id, message, seat: rotated, wait_ms: 5_000 };
  fieldsOf(await visitor.post('/dm_bot', dm, bearer(alice)));
  const query = new URLSearchParams({ channel_id, seat: rotated, timeout_ms: '0' }).toString();
  fieldsOf(await visitor.ask(`/sync_messages?${query}`, { headers: bearer(alice) }));
  const leaving = AbortSignal.timeout(300);
  const parked = `/sync_messages?${query}&cursor=1000&timeout_ms=30000`.replace('&timeout_ms=0', '');
  await visitor.ask(parked, { headers: bearer(alice), signal: leaving }).catch(() => undefined);
  const ops = [
    { type: 'evict', slot_id: invite_slots[1]?.slot_id },
    { type: 'issue_invite', slot_id: invite_slots[1]?.slot_id },
  ];
  await visitor.post('/update_channel', { channel_id, ops, seat: rotated }, bearer(alice));
  return [first, second, seat, rotated, bobs.rejoin_token];
}

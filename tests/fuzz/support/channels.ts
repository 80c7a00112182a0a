import { authorize } from '../../../clients/typescript/client/oauth.ts';
import { RestClient } from '../../e2e/support/edges.ts';

const BOT_ID = 'bot_GuessBot_0';

/** What may be said of a channel that exists, by the names of the fields that ask for it. */
export type KnownChannel = Readonly<Record<string, string | readonly string[]>>;

/** Makes channels in which one account sits, some with a bot. @returns its token and what calls may name */
export async function knownChannels(url: string, withBot: number, without: number) {
  const token = await authorize(url, 'Fuzz');
  const client = new RestClient(url, token);
  const known: KnownChannel[] = [];
  for (let index = 0; index < withBot + without; index++) {
    const hasBot = index < withBot;
    const slots = [...(hasBot ? ['bot:referee'] : []), 'invite:a', 'invite:b'];
    const bot = hasBot ? { bot_preset: 'GuessBot' } : {};
    const { invites } = await client.call('create_channel', { name: `Fuzz ${index}`, slots, ...bot });
    const [invite_code = '', other = ''] = invites;
    const joined = await client.call('join_channel', { invite_code });
    const { channel_id, slot_id, rejoin_token: seat } = joined;
    known.push({
      channel_id,
      slot_id,
      seat,
      slots,
      invite_code: other,
      ...bot,
      ...(hasBot && { bot_id: BOT_ID }),
    });
  }
  return { token, known };
}

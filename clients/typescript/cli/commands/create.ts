import { readFile } from 'node:fs/promises';
import { Problem } from '../../client/problem.ts';
import {
  type Command,
  given,
  IDEMPOTENCY,
  type Input,
  jsonOption,
  keyField,
  type Option,
  UsageError,
} from '../command.ts';
import { renderInvites, renderView } from '../render.ts';

/** Options that say where a bot's code comes from. */
export const BOT: Readonly<Record<string, Option>> = {
  preset: { type: 'string', value: 'name', help: 'take this preset as the bot, such as GuessBot' },
  code: { type: 'string', value: 'file', help: 'take the bot class in this Python file' },
  params: { type: 'string', value: 'json', help: "the bot's parameters, a JSON object" },
};

export const create: Command = {
  name: 'create',
  summary: 'make a channel, with a bot that referees it',
  args: [],
  options: {
    name: { type: 'string', value: 'name', help: 'name of the channel' },
    slot: { type: 'string', multiple: true, value: 'kind:label', help: 'bot:<label> or invite:<label>' },
    ...BOT,
    listed: { type: 'boolean', help: 'let everyone find the channel' },
    'open-bots': { type: 'boolean', help: 'bots may be changed also when others are seated' },
    'strict-seats': { type: 'boolean', help: 'every call must name its seat' },
    'invite-ttl': { type: 'string', value: 'seconds', help: 'invite codes expire after this' },
    ...IDEMPOTENCY,
  },
  example: 'create --name Game --slot bot:ref --slot invite:a --slot invite:b --preset GuessBot',
  async *run(account, input) {
    const name = input.text('name');
    if (name === undefined) throw new UsageError('--name is missing.');
    if (input.texts('slot').length === 0) throw new UsageError('--slot is missing: give one for each slot.');
    const answer = await account.call('create_channel', {
      name,
      slots: [...input.texts('slot')],
      ...given({
        bot_preset: input.text('preset'),
        bot_code: await sourceOf(input),
        bot_params: jsonOption(input, 'params'),
        invite_ttl_s: input.count('invite-ttl'),
      }),
      visibility: input.flag('listed') ? 'listed' : 'private',
      bots_policy: input.flag('open-bots') ? 'open' : 'frozen',
      strict_seats: input.flag('strict-seats'),
      ...keyField(input),
    });
    const invites = answer.invite_slots;
    const told = invites.length === 0 ? [] : ['Invite codes, for one player each:', renderInvites(invites)];
    yield { answer, text: [renderView(answer.view, answer.bots), ...told].join('\n') };
  },
};

/** The file that --code names. @throws {Problem} LOCAL */
export async function sourceOf(input: Input): Promise<string | undefined> {
  const file = input.text('code');
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Problem('LOCAL', `The bot's code cannot be read: ${reason}`, 'Name a Python file.');
  }
}

import { writeFile } from 'node:fs/promises';
import { readBotCode } from '../../client/bot-code.ts';
import { Problem } from '../../client/problem.ts';
import type { Account } from '../account.ts';
import { type Command, SEAT, seatFields } from '../command.ts';
import { printable } from '../text.ts';

export const code: Command = {
  name: 'code',
  summary: "read a bot's code, hash it, and compare it with the hash that was announced",
  args: ['channel', '[bot]'],
  options: {
    save: { type: 'string', value: 'file', help: 'write the exact source to a new file' },
    ...SEAT,
  },
  example: 'code chn_… bot_GuessBot_0',
  async *run(account, input) {
    const [channel_id = '', bot] = input.args;
    const seat = await seatFields(account, input, channel_id);
    const bot_id = bot ?? (await onlyBot(account, channel_id, seat));
    const call = account.call.bind(account);
    const { answer, source, computedHash } = await readBotCode(call, { channel_id, bot_id, ...seat });
    const matches = computedHash === answer.code_hash;
    const file = input.text('save');
    if (file !== undefined) await save(file, source);
    const verdict = matches
      ? `# ${answer.name} ${answer.version}: the code above hashes to the announced ${answer.code_hash}`
      : `# MISMATCH: the code above hashes to ${computedHash}, announced was ${answer.code_hash}`;
    const shown = file === undefined ? source : `written to ${file}\n`;
    yield {
      answer: { ...answer, source, next_offset: null, computed_hash: computedHash, matches },
      text: `${printable(shown)}${shown.endsWith('\n') ? '' : '\n'}${printable(verdict)}`,
      failed: !matches,
    };
  },
};

async function onlyBot(account: Account, channel_id: string, seat: { seat?: string }): Promise<string> {
  const { bots } = await account.call('get_channel_info', { channel_id, ...seat });
  const [bot] = bots;
  if (bot && bots.length === 1) return bot.bot_id;
  const names = bots.map(({ bot_id }) => bot_id).join(', ');
  throw new Problem(
    'LOCAL',
    bots.length === 0 ? 'The channel has no bot.' : 'The channel has several bots.',
    bots.length === 0 ? 'Name a removed bot to read its code.' : `Name one of ${names}.`,
  );
}

async function save(file: string, source: string): Promise<void> {
  try {
    // Never over another file: the name of a bot's file may come from a stranger's advice.
    await writeFile(file, source, { flag: 'wx' });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Problem('LOCAL', `The code was not saved: ${reason}`, 'Name a file that does not exist yet.');
  }
}

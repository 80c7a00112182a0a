import { readBotCode, sha256 } from '../client/bot-code.ts';
import { check } from './check.ts';
import { play } from './game.ts';
import { numberOf, ofType, single, textOf } from './log.ts';
import { Player } from './player.ts';
import type { Transcript } from './transcript.ts';

/**
 * Alice and Bob, two clients that share nothing, play through a bot that both have checked.
 *
 * @throws {Problem} where the server refuses a call
 * @throws {CheckFailed} where something that was to be shown does not hold
 */
export async function tell(baseUrl: string, transcript: Transcript): Promise<void> {
  transcript.title(`Two AI sessions play through a bot, at ${baseUrl}`);
  transcript.chapter('Two clients connect');
  await using alice = await Player.connect(baseUrl, 'Alice');
  transcript.say(
    'Alice registers, gets an access token (OAuth authorization code with PKCE) and connects over MCP.',
  );
  await using bob = await Player.connect(baseUrl, 'Bob');
  transcript.say('Bob does the same, and is another account.');

  transcript.chapter('A channel with a referee');
  const channelId = await openChannel(alice, bob, transcript);
  const bot = await examineBot(bob, channelId);
  transcript.say(
    `Bob reads the ${bot.lines} lines of the bot's code and hashes them. ` +
      `Message #${bot.announcedIn} of the log announced the same hash:`,
  );
  transcript.value('code', bot.hash);
  const again = await examineBot(alice, channelId);
  check(again.hash === bot.hash, 'Both players were given the same code.');
  transcript.say('Alice does the same, and gets the same.');

  transcript.chapter('The game');
  await alice.read((log) => ofType(log, 'game_start').length > 0);
  const winner = await play([alice, bob], transcript);

  transcript.chapter('The proof');
  for (const player of [alice, bob]) await player.read((log) => ofType(log, 'game_end').length > 0);
  prove(bob, transcript);
  const guesses = numberOf(single(bob.log, 'game_end'), 'total_guesses');
  transcript.end(`${winner.name} won after ${guesses} guesses, and every check holds.`);
}

async function openChannel(alice: Player, bob: Player, transcript: Transcript): Promise<string> {
  const made = await alice.session.call('create_channel', {
    name: 'Guess the number',
    slots: ['bot:referee', 'invite:Alice', 'invite:Bob'],
    bot_preset: 'GuessBot',
  });
  const [first, second] = made.invites;
  check(first !== undefined && second !== undefined, 'There is an invite code for each player.');
  transcript.say(`Alice makes the channel "${made.view.name}" (${made.channel_id}) with the bot GuessBot.`);
  await alice.join(first);
  await bob.join(second);
  check(alice.slotId !== bob.slotId, 'The players sit in different seats.');
  transcript.say(
    `She takes the seat ${alice.slotId}, gives Bob an invite code, and he takes the seat ${bob.slotId}.`,
  );
  return made.channel_id;
}

/** A player reads the bot's code, hashes it, and looks up in the log what was announced. */
async function examineBot(player: Player, channelId: string) {
  await player.read();
  const announced = single(player.log, 'bot:attach');
  const call = player.session.call.bind(player.session);
  const bot_id = textOf(announced, 'bot_id');
  const { source, computedHash: hash } = await readBotCode(call, { channel_id: channelId, bot_id });
  check(hash === textOf(announced, 'code_hash'), "The bot's code hashes to the announced hash.");
  return { hash, announcedIn: announced.id, lines: source.trimEnd().split('\n').length };
}

/** The number was fixed before the first guess: its hash was in the log by then. */
function prove({ log, name }: Player, transcript: Transcript): void {
  const commit = single(log, 'bot:commit');
  const reveal = single(log, 'bot:reveal');
  const guesses = ofType(log, 'judge');
  const text = `${numberOf(reveal, 'target')}:${textOf(reveal, 'nonce')}`;
  const computed = sha256(text).slice('sha256:'.length);
  check(computed === textOf(commit, 'commit'), 'Number and nonce hash to the commitment.');
  check(computed === textOf(reveal, 'commit'), 'The bot reveals what it committed to.');
  check(
    guesses.length > 0 && guesses.every(({ id }) => id > commit.id),
    'The commitment came before every guess.',
  );
  const last = guesses.at(-1);
  check(
    last !== undefined && numberOf(last, 'guess') === numberOf(reveal, 'target'),
    'The last guess is the number.',
  );

  transcript.say(`Before the first guess, in message #${commit.id}, the bot posted its commitment:`);
  transcript.value('commit', textOf(commit, 'commit'));
  transcript.say(
    `Now, in message #${reveal.id}, it reveals the number and the nonce that it hashed with it:`,
  );
  transcript.value('number', String(numberOf(reveal, 'target')));
  transcript.value('nonce', textOf(reveal, 'nonce'));
  transcript.say(`${name} computes the SHA-256 of "number:nonce" and gets the commitment. To do the same:`);
  transcript.value('run', `printf '%s' '${text}' | sha256sum`);
}

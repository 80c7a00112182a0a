import type { Message } from '../client/tools.ts';
import { CheckFailed, check } from './check.ts';
import { numberOf, ofType, single, textOf } from './log.ts';
import type { Player } from './player.ts';
import type { Transcript } from './transcript.ts';

/** More moves than a search through 1 to 100 by halves can take; then something is wrong. */
const MOVES_AT_MOST = 12;

/** Plays by turns until the bot ends the game, telling each move. @returns the winner */
export async function play(players: readonly Player[], transcript: Transcript): Promise<Player> {
  const named = (slotId: unknown) => players.find((player) => player.slotId === slotId);
  for (let move = 0; move < MOVES_AT_MOST; move++) {
    const mover = await whoseTurn(players, named);
    await mover.read();
    const { id, number, replies } = await mover.guess();
    const verdict = single(replies, 'judge');
    check(named(verdict.body['player']) === mover, 'The verdict names who moved.');
    check(numberOf(verdict, 'guess') === number, 'The verdict is on the number that was guessed.');
    transcript.line(id, mover.name, `I guess ${number}.`);
    transcript.line(verdict.id, 'GuessBot', verdictText(textOf(verdict, 'result'), textOf(verdict, 'hint')));
    const [end] = ofType(replies, 'game_end');
    if (end) {
      check(named(end.body['winner']) === mover, 'Who guessed the number has won.');
      return mover;
    }
  }
  throw new CheckFailed(`The game ends within ${MOVES_AT_MOST} moves.`);
}

function verdictText(result: string, hint: string): string {
  return { high: 'Too high. ', low: 'Too low. ', correct: 'Correct! ' }[result] + hint;
}

/** Who is to move, as the bot said last. Every player reads it for himself. */
async function whoseTurn(
  players: readonly Player[],
  named: (slotId: unknown) => Player | undefined,
): Promise<Player> {
  const told = await Promise.all(players.map(turnSeenBy));
  check(new Set(told).size === 1, 'Both players are told of the same turn.');
  const player = named(told[0]);
  check(player !== undefined, 'The turn is one of the players.');
  return player;
}

async function turnSeenBy(player: Player): Promise<unknown> {
  const verdicts = ofType(player.log, 'judge').length;
  await player.read((log) => turns(log).length > verdicts || ofType(log, 'judge').length > verdicts);
  return turns(player.log).at(-1)?.body['player'];
}

function turns(log: readonly Message[]) {
  return ofType(log, 'bot:turn');
}

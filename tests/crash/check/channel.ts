import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../control-plane/src/kernel/json/canonical.ts';
import type { Json } from '../../../control-plane/src/kernel/json/value.ts';
import { sha256Label } from '../../../control-plane/src/kernel/hash.ts';
import type { Commit, Entry, Fact } from '../../../control-plane/src/log/commit.ts';

/** A sentence about what is not as it must be. */
export type Violation = string;

interface Hook {
  readonly bot_id: string;
  readonly cause: number;
  readonly hook: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly state_after: string | null;
  readonly entry_ids: readonly number[];
}

/** Numbers without gaps, times that do not run back, every id once. */
export function checkOrder(commits: readonly Commit[]): Violation[] {
  const violations: Violation[] = [];
  let next = 1;
  let at = 0;
  for (const [index, commit] of commits.entries()) {
    if (commit.n !== index) violations.push(`commit ${commit.n} stands in the place of commit ${index}`);
    if (commit.at < at) violations.push(`commit ${commit.n} is older than the one before it`);
    if (commit.first !== next)
      violations.push(`commit ${commit.n} starts at entry ${commit.first}, not ${next}`);
    for (const entry of commit.entries) {
      if (entry.id !== next) violations.push(`entry ${entry.id} stands in the place of entry ${next}`);
      next++;
    }
    at = commit.at;
  }
  return violations;
}

/** A bot as the log tells of it. */
interface BotLife {
  readonly bot_id: string;
  readonly slot_id: string;
  /** Ids of entries between which it took part. */
  readonly from: number;
  to: number;
  readonly hooks: Hook[];
}

/**
 * Every hook once, in the order of its causes, and each bot's chain as the messages that it heard give it.
 *
 * @returns what is wrong, and the state that each bot must have now
 */
export function checkBots(commits: readonly Commit[]): {
  readonly violations: Violation[];
  readonly finalStates: ReadonlyMap<string, string>;
  readonly lost: number;
} {
  const violations: Violation[] = [];
  const entries = new Map(commits.flatMap((commit) => commit.entries).map((entry) => [entry.id, entry]));
  const finalStates = new Map<string, string>();
  let lost = 0;
  for (const bot of livesOf(commits)) {
    const heard = causesOf(bot, entries);
    const ran = bot.hooks.filter(({ hook }) => hook !== 'on_init' && hook !== 'on_join');
    checkCauses(bot, heard, ran, violations);
    lost += ran.filter(({ outcome, reason }) => outcome === 'bot_failed' && reason === 'exit').length;
    finalStates.set(bot.bot_id, checkChain(bot, ran, entries, violations));
  }
  return { violations, finalStates, lost };
}

function checkCauses(
  bot: BotLife,
  heard: readonly number[],
  ran: readonly Hook[],
  violations: Violation[],
): void {
  const causes = ran.map(({ cause }) => cause);
  const isWhole = bot.to === Number.POSITIVE_INFINITY;
  // One that was removed may have left messages unheard: the last ones.
  const expected = isWhole ? heard : heard.slice(0, causes.length);
  if (causes.join() !== expected.join())
    violations.push(`${bot.bot_id} heard ${causes.join()} where it was to hear ${expected.join()}`);
}

function checkChain(
  bot: BotLife,
  ran: readonly Hook[],
  entries: ReadonlyMap<number, Entry>,
  violations: Violation[],
): string {
  let state = { count: 0, chain: '' };
  for (const { cause, outcome, reason, entry_ids, state_after } of ran) {
    if (outcome !== 'ok') {
      if (reason !== 'exit') violations.push(`${bot.bot_id} failed at ${cause}: ${reason}`);
      continue;
    }
    const text = (entries.get(cause)?.body as { text?: string } | undefined)?.text ?? '';
    const chain = createHash('sha256')
      .update(state.chain + text)
      .digest('hex');
    state = { count: state.count + 1, chain };
    const [id = 0] = entry_ids;
    const body = entries.get(id)?.body as { count?: number; chain?: string; of?: number } | undefined;
    if (body?.count !== state.count || body.chain !== state.chain || body.of !== cause)
      violations.push(
        `${bot.bot_id} answered ${cause} with ${JSON.stringify(body)}, not ${JSON.stringify(state)}`,
      );
    if (state_after !== sha256Label(canonicalJson(state)))
      violations.push(`${bot.bot_id} has another state than its inputs give after ${cause}`);
  }
  return state.count === 0 ? '' : canonicalJson(state);
}

/** The member's entries that a bot is to hear. */
function causesOf(bot: BotLife, entries: ReadonlyMap<number, Entry>): number[] {
  return [...entries.values()]
    .filter(({ id, sender_kind, to_slot }) => {
      const isFor = to_slot === undefined || to_slot === bot.slot_id;
      return sender_kind === 'member' && isFor && id > bot.from && id < bot.to;
    })
    .map(({ id }) => id);
}

function livesOf(commits: readonly Commit[]): readonly BotLife[] {
  const lives = new Map<string, BotLife>();
  let slot_id = '';
  for (const commit of commits) {
    for (const { id, body } of commit.entries.filter(({ sender_kind }) => sender_kind === 'server')) {
      const told = body as { type?: string; bot_id?: string; bots?: readonly { slot_id: string }[] };
      if (told.type === 'bots_announced') slot_id = told.bots?.[0]?.slot_id ?? '';
      if (told.type === 'bot:attach' && told.bot_id)
        lives.set(told.bot_id, {
          bot_id: told.bot_id,
          slot_id,
          from: id,
          to: Number.POSITIVE_INFINITY,
          hooks: [],
        });
      if (told.type === 'bot:seed') endOf(lives, told.bot_id, id);
    }
    for (const fact of commit.facts.filter(({ type }) => type === 'hook')) noteHook(lives, commit, fact);
  }
  return [...lives.values()];
}

function endOf(lives: ReadonlyMap<string, BotLife>, botId: string | undefined, id: number): void {
  const life = lives.get(botId ?? '');
  if (life) life.to = Math.min(life.to, id);
}

function noteHook(lives: ReadonlyMap<string, BotLife>, commit: Commit, fact: Fact): void {
  const hook = fact as unknown as Hook;
  if (commit.cause === hook.cause) lives.get(hook.bot_id)?.hooks.push(hook);
}

/** An entry's body, comparable. */
export function textOf(body: Json): string {
  return canonicalJson(body);
}

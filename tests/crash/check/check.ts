import type { Commit } from '../../../control-plane/src/log/commit.ts';
import type { CommitStore } from '../../../control-plane/src/log/store.ts';
import { sha256Label } from '../../../control-plane/src/kernel/hash.ts';
import type { Ledger } from '../ledger.ts';
import { checkBots, checkOrder, type Violation } from './channel.ts';
import { checkPosts, checkReplies, checkView } from './clients.ts';
import { commitsOf } from './commits.ts';

/** What the store holds, counted, and everything that is wrong with it. */
export interface Verdict {
  readonly violations: readonly Violation[];
  readonly commits: number;
  readonly entries: number;
  readonly hooks: number;
  /** Hooks that lost their container twice: each is told in its channel. */
  readonly lost: number;
}

/** Holds the store against what clients were told. Reads nothing but the store. */
export async function check(
  store: CommitStore,
  channelIds: readonly string[],
  ledger: Ledger,
): Promise<Verdict> {
  const violations: Violation[] = [];
  const total = { commits: 0, entries: 0, hooks: 0, lost: 0 };
  for (const channelId of channelIds) {
    const commits = await commitsOf(store, channelId);
    const entries = commits.flatMap((commit) => commit.entries);
    const bots = checkBots(commits);
    const views = ledger.views.filter(({ channel_id }) => channel_id === channelId);
    const replies = ledger.replies.filter(({ channel_id }) => channel_id === channelId);
    const found = [
      ...checkOrder(commits),
      ...bots.violations,
      ...(await checkStates(store, channelId, commits, bots.finalStates)),
      ...checkPosts(channelId, entries, ledger),
      ...views.flatMap((view) => checkView(view, entries)),
      ...checkReplies(replies, entries),
    ];
    violations.push(...found.map((violation) => `${channelId}: ${violation}`));
    total.commits += commits.length;
    total.entries += entries.length;
    total.hooks += commits.flatMap(({ facts }) => facts).filter(({ type }) => type === 'hook').length;
    total.lost += bots.lost;
  }
  return { violations, ...total };
}

/** The state that each bot's newest hook left is stored, byte for byte. */
async function checkStates(
  store: CommitStore,
  channelId: string,
  commits: readonly Commit[],
  finalStates: ReadonlyMap<string, string>,
): Promise<Violation[]> {
  const violations: Violation[] = [];
  const hooks = commits.flatMap(({ facts }) => facts).filter(({ type }) => type === 'hook');
  for (const [botId, state] of finalStates) {
    const newest = hooks.findLast((fact) => fact['bot_id'] === botId);
    if (!newest || state === '') continue;
    const held = await store.attachment(
      `${channelId}/${botId}`,
      newest['state_version'] as number,
      sha256Label(state),
    );
    if (held !== state) violations.push(`the state of ${botId} is ${held}, not ${state}`);
  }
  return violations;
}

import { seedEntry } from '../../bots/announce.ts';
import { CodedError } from '../../kernel/errors.ts';
import { requireOpen } from '../access.ts';
import { fact } from '../facts.ts';
import type { OpRule } from './context.ts';

export const rename: OpRule<'rename'> = ({ state }, op) => {
  requireOpen(state);
  return { facts: [fact('renamed', { name: op.name })] };
};

export const setVisibility: OpRule<'set_visibility'> = ({ state }, op) => {
  requireOpen(state);
  return { facts: [fact('visibility_set', { visibility: op.visibility })] };
};

/** No more posts and no more hooks: the bots' seeds are revealed, the history stays. */
export const close: OpRule<'close'> = ({ state }) => {
  requireOpen(state);
  const bots = state.bots.filter((bot) => !bot.removed);
  return { entries: bots.map(seedEntry), facts: [fact('channel_closed', {})] };
};

/** What is left is a tombstone, which keeps the id from being used again. */
export const remove: OpRule<'delete'> = ({ state }) => {
  if (state.status !== 'closed') throw new CodedError('CHANNEL_NOT_CLOSED');
  return { facts: [fact('channel_deleted', {})] };
};

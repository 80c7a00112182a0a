import { serverEntry } from '../../bots/announce.ts';
import { CodedError } from '../../kernel/errors.ts';
import { sha256Label } from '../../kernel/hash.ts';
import type { JsonObject } from '../../kernel/json/value.ts';
import type { Draft, DraftEntry, DraftFact } from '../../log/model.ts';
import { placeDraft } from '../../log/place.ts';
import type { Attachment } from '../../log/store.ts';
import { requireAdmin } from '../access.ts';
import { requireNoSecret } from '../live-codes.ts';
import type { PlacedBot } from '../bot-requests.ts';
import { channelModel } from '../model.ts';
import type { UpdateOp } from '../operations/ops.ts';
import { removeBot, resumeBot, setBot } from './bots.ts';
import type { IssuedInvite, OpContext, OpEffect, OpRule } from './context.ts';
import { evict, issueInvite, revokeInvite, setAdmin, yieldSlot } from './seats.ts';
import { close, remove, rename, setVisibility } from './settings.ts';

const RULES: { readonly [T in UpdateOp['type']]: OpRule<T> } = {
  set_bot: setBot,
  remove_bot: removeBot,
  resume_bot: resumeBot,
  yield_slot: yieldSlot,
  evict,
  set_admin: setAdmin,
  rename,
  issue_invite: issueInvite,
  revoke_invite: revokeInvite,
  set_visibility: setVisibility,
  close,
  delete: remove,
};

/** All ops of a call as one draft, with the invites they issued. */
export interface AppliedOps {
  readonly draft: Draft;
  readonly issued: readonly IssuedInvite[];
}

/**
 * Decides the ops in order, each on what the ones before it lead to: all of them or none.
 *
 * @param prepared the compiled bots of the set_bot ops, by their place in the call
 */
export function applyOps(
  context: Omit<OpContext, 'prepared'>,
  ops: readonly UpdateOp[],
  prepared: ReadonlyMap<number, PlacedBot>,
): AppliedOps {
  const entries: DraftEntry[] = [];
  const facts: DraftFact[] = [];
  const attachments: Attachment[] = [];
  const issued: IssuedInvite[] = [];
  let { state } = context;
  for (const [index, op] of ops.entries()) {
    if (state.status === 'deleted')
      throw new CodedError('BAD_OP', { field: `ops.${index}`, message: 'Nothing can follow delete.' });
    if (op.type !== 'yield_slot') requireAdmin(state, context.account);
    const nextId = context.position.nextId + entries.length;
    // The `_applied` entry comes first, so what the op writes stands one further on.
    const position = { ...context.position, nextId: nextId + 1 };
    const effect = apply(op, { ...context, state, position, prepared: prepared.get(index) });
    const draft = { entries: [applied(op), ...(effect.entries ?? [])], facts: effect.facts ?? [] };
    requireNoSecret(state, draft.entries);
    state = channelModel.apply(state, placeDraft(state.channel_id, { ...position, nextId }, draft));
    entries.push(...draft.entries);
    facts.push(...draft.facts);
    attachments.push(...(effect.attachments ?? []));
    if (effect.issued) issued.push(effect.issued);
  }
  return { draft: { entries, facts, attachments }, issued };
}

function apply<T extends UpdateOp['type']>(op: Extract<UpdateOp, { type: T }>, context: OpContext): OpEffect {
  const rule = RULES[op.type as T] as OpRule<T>;
  return rule(context, op);
}

/** What everyone sees of an op: source by its hash, and no secret. */
function applied(op: UpdateOp): DraftEntry {
  const shown = JSON.parse(JSON.stringify(op)) as Record<string, JsonObject[string]>;
  if (op.type === 'set_bot' && op.inline_code !== undefined) {
    delete shown['inline_code'];
    shown['code_hash'] = sha256Label(op.inline_code);
  }
  return serverEntry({ type: `${op.type}_applied`, op: shown });
}

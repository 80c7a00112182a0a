import { isRecord, type Problem } from '../client/problem.ts';
import type { Answer, Message } from '../client/tools.ts';
import { printable } from './text.ts';

type View = Answer<'get_channel_info'>['view'];
type Bots = Answer<'get_channel_info'>['bots'];

/** `#7 s1: guess 50`, the body's other fields as JSON behind its words. */
function renderMessage({ id, sender, kind, body, to_slot, truncated }: Message): string {
  const to = to_slot === undefined ? '' : ` (private to ${to_slot})`;
  const tag = kind === 'user' || kind === 'bot' ? '' : ` [${kind}]`;
  const cut = truncated ? ` … ${truncated.next}` : '';
  return printable(`#${id} ${sender}${tag}${to}: ${renderBody(body)}${cut}`);
}

/** A type and words where a body has them, its other fields as JSON. */
function renderBody(body: unknown): string {
  if (!isRecord(body)) return typeof body === 'string' ? body : JSON.stringify(body);
  const { type, text, bot_id: _, state_version: __, ...rest } = body;
  const parts = [type, text].filter((part) => typeof part === 'string');
  const more = Object.keys(rest).length === 0 ? [] : [JSON.stringify(rest)];
  return parts.concat(more).join('  ');
}

export function renderMessages(messages: readonly Message[]): string {
  return messages.map(renderMessage).join('\n');
}

/** A channel, its slots and its bots. */
export function renderView(view: View, bots: Bots): string {
  const state = [
    view.visibility,
    ...(view.closed ? ['closed'] : []),
    ...(view.bots_frozen ? ['bots frozen'] : []),
  ];
  return [
    `${printable(view.name)}  ${view.channel_id}  (${state.join(', ')})`,
    ...view.slots.map(
      ({ slot_id, label, filled_by, admin }) =>
        `  ${slot_id}  ${printable(label)}: ${printable(filled_by ?? 'empty')}${admin ? ' (admin)' : ''}`,
    ),
    ...bots.map(
      ({ bot_id, version, status, code_hash }) =>
        `  ${printable(bot_id)} ${printable(version)}, ${status}, code ${code_hash}`,
    ),
  ].join('\n');
}

export function renderInvites(
  invites: readonly { slot_id: string; label: string; invite_code: string }[],
): string {
  return invites
    .map(({ slot_id, label, invite_code }) => `  ${slot_id}  ${printable(label)}: ${invite_code}`)
    .join('\n');
}

/** What a bot answered to a post, or that it still works. */
export function renderPosted({ msg_id, bots, replies, replies_left }: Answer<'post_message'>): string {
  const rest = [
    ...(bots === 'pending' ? ['A bot still works on it: "sync" has its reply later.'] : []),
    ...(replies_left ? [`${replies_left} more replies: "sync" has them.`] : []),
  ];
  return [`posted as #${msg_id}`, ...replies.map(renderMessage), ...rest].join('\n');
}

/** Two lines: what is wrong, and what to do. */
export function renderProblem({ code, message, next, details }: Problem): string {
  const facts = Object.entries(details).filter(([name]) => name !== 'request_id' || code === 'INTERNAL');
  const told = facts.map(
    ([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : String(value)}`,
  );
  const behind = told.length === 0 ? '' : ` (${told.join('; ')})`;
  return printable(`${code}: ${message}${behind}${next === '' ? '' : `\n  Next: ${next}`}`);
}

import type { Entry } from '../../../control-plane/src/log/commit.ts';
import type { Acknowledged, Ledger, Shown, View } from '../ledger.ts';
import { textOf, type Violation } from './channel.ts';

/** Every acknowledged post is there exactly once, under its id; none that was refused is there. */
export function checkPosts(
  channelId: string,
  entries: readonly Entry[],
  { acknowledged, refused }: Pick<Ledger, 'acknowledged' | 'refused'>,
): Violation[] {
  const violations: Violation[] = [];
  const byText = new Map<string, Entry[]>();
  for (const entry of entries.filter(({ sender_kind }) => sender_kind === 'member')) {
    const { text = '' } = entry.body as { text?: string };
    byText.set(text, [...(byText.get(text) ?? []), entry]);
  }
  for (const [text, found] of byText) {
    if (found.length > 1) violations.push(`${JSON.stringify(text)} is there ${found.length} times`);
  }
  for (const post of acknowledged.filter(({ channel_id }) => channel_id === channelId))
    violations.push(...checkPost(post, byText.get(post.text)?.[0]));
  for (const { channel_id, text } of refused) {
    if (channel_id === channelId && byText.has(text))
      violations.push(`${JSON.stringify(text)} was refused, and is there`);
  }
  return violations;
}

function checkPost({ text, msg_id, slot_id }: Acknowledged, found: Entry | undefined): Violation[] {
  const what = `${JSON.stringify(text)}, acknowledged as ${msg_id},`;
  if (!found) return [`${what} is missing`];
  if (found.id !== msg_id) return [`${what} is ${found.id}`];
  return found.sender === slot_id ? [] : [`${what} is of ${found.sender}, not of ${slot_id}`];
}

/** What a seat was shown is what the log holds for it, in order, without a gap or a repeat. */
export function checkView({ slot_id, shown }: View, entries: readonly Entry[]): Violation[] {
  const expected = entries
    .filter(({ to_slot, sender }) => to_slot === undefined || to_slot === slot_id || sender === slot_id)
    .map(shownAs);
  const at = expected.findIndex((entry, index) => !isSame(entry, shown[index]));
  if (at >= 0) {
    const [wants, got] = [expected[at], shown[at]].map((entry) => JSON.stringify(entry) ?? 'nothing');
    return [`${slot_id} was shown ${got} where the log has ${wants}`];
  }
  return shown.length > expected.length
    ? [`${slot_id} was shown ${shown.length - expected.length} too many`]
    : [];
}

/** A reply that came with a post's answer is in the log. */
export function checkReplies(replies: readonly Shown[], entries: readonly Entry[]): Violation[] {
  const byId = new Map(entries.map((entry) => [entry.id, shownAs(entry)]));
  return replies
    .filter((reply) => !isSame(reply, byId.get(reply.id)))
    .map(
      (reply) =>
        `a reply was ${JSON.stringify(reply)}, and the log has ${JSON.stringify(byId.get(reply.id))}`,
    );
}

function shownAs({ id, sender, kind, body }: Entry): Shown {
  return { id, sender, kind, body: textOf(body) };
}

function isSame(one: Shown | undefined, other: Shown | undefined): boolean {
  if (!one || !other) return one === other;
  return (
    one.id === other.id && one.sender === other.sender && one.kind === other.kind && one.body === other.body
  );
}

import { canonicalJson } from '../kernel/json/canonical.ts';
import { JsonError, parseJson } from '../kernel/json/parse.ts';
import { isJsonObject, type Json, type JsonObject } from '../kernel/json/value.ts';
import type { DraftEntry } from '../log/model.ts';

const MAX_POSTS = 100;
const MAX_BODY_BYTES = 64 * 1024;
const MAX_POSTS_BYTES = 1024 * 1024;
const MAX_STATE_BYTES = 1024 * 1024;

const RESERVED_TYPES =
  /^(?:bots_announced|bot:attach|bot:manifest|bot:runtime|bot:error|bot:waiting|bot:seed|seat:.*|.*_applied)$/;

/** True for a type that is the server's, or that a reader could take for one of them. */
function isReserved(type: string): boolean {
  const plain = type
    // Without marks, which are put in order in a time that is the square of their number.
    .replace(/\p{M}/gu, '')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\x21-\x7e]/g, '');
  return RESERVED_TYPES.test(plain);
}

/** What a hook did: the whole of it is one commit, or none. */
export interface Effect {
  readonly entries: readonly DraftEntry[];
  /** Canonical JSON of the new state, undefined when the hook left it alone. */
  readonly state: string | undefined;
}

/** The bot answered what it must not; the message is the server's own sentence. */
export class RefusedOutput extends Error {}

/** What a bot's posts are checked and signed with. */
export interface Author {
  readonly bot_id: string;
  /** State version after the hook, if it sets a state. */
  readonly next_version: number;
  readonly state_version: number;
  /** Slots that may be written to in private. */
  readonly slots: ReadonlySet<string>;
  /** True for a text that holds a live code of the channel. */
  readonly holdsSecret: (text: string) => boolean;
}

/**
 * Reads the bot's answer through the same gate as a member's input.
 *
 * @throws {RefusedOutput} with a sentence for the channel
 */
export function readEffect(reply: string, author: Author): Effect {
  const answer = parseReply(reply);
  const posts = answer['posts'];
  if (!Array.isArray(posts)) throw new RefusedOutput('The answer holds no list of posts.');
  if (posts.length > MAX_POSTS) throw new RefusedOutput(`A hook may post ${MAX_POSTS} times at most.`);
  const state = readState(answer);
  const version = state === undefined ? author.state_version : author.next_version;
  const entries = posts.map((post: Json) => readPost(post, author, version));
  const bytes = entries.reduce((sum, entry) => sum + Buffer.byteLength(canonicalJson(entry.body)), 0);
  if (bytes > MAX_POSTS_BYTES) throw new RefusedOutput('The posts of a hook may be 1 MiB together at most.');
  return { entries, state };
}

function parseReply(reply: string): JsonObject {
  try {
    const answer = parseJson(reply);
    if (isJsonObject(answer)) return answer;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new RefusedOutput(`The answer is not valid JSON: ${error.message}.`);
  }
  throw new RefusedOutput('The answer is not a JSON object.');
}

function readState(answer: JsonObject): string | undefined {
  if (!Object.hasOwn(answer, 'state')) return undefined;
  const text = canonicalJson(answer['state'] as Json);
  if (Buffer.byteLength(text) > MAX_STATE_BYTES) throw new RefusedOutput('The state may be 1 MiB at most.');
  return text;
}

function readPost(post: Json, author: Author, version: number): DraftEntry {
  if (!isJsonObject(post)) throw new RefusedOutput('A post is not an object.');
  const { kind, to_slot } = post;
  const body = typeof post['body'] === 'string' ? { text: post['body'] } : post['body'];
  if (typeof kind !== 'string' || !/^[a-z][a-z0-9:_-]{0,63}$/i.test(kind) || kind.toLowerCase() === 'user') {
    throw new RefusedOutput("The kind of a post must be bot, control, system or a name of the bot's own.");
  }
  if (!isJsonObject(body)) throw new RefusedOutput('The body of a post must be an object or text.');
  if (typeof body['type'] === 'string' && isReserved(body['type'])) {
    throw new RefusedOutput('A post has a body type that only the server may use.');
  }
  if (to_slot !== undefined && (typeof to_slot !== 'string' || !author.slots.has(to_slot))) {
    throw new RefusedOutput('A private post is for a slot that no member can sit in.');
  }
  const signed = { ...body, bot_id: author.bot_id, state_version: version };
  const text = canonicalJson(signed);
  if (Buffer.byteLength(text) > MAX_BODY_BYTES)
    throw new RefusedOutput('The body of a post may be 64 KiB at most.');
  if (author.holdsSecret(text)) throw new RefusedOutput('A post holds a live invite code or rejoin token.');
  const entry = { sender: author.bot_id, sender_kind: 'bot' as const, kind, body: signed };
  return to_slot === undefined ? entry : { ...entry, to_slot: to_slot as string };
}

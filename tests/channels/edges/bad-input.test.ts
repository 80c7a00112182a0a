import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode } from '../../../control-plane/src/kernel/errors.ts';
import { strangeCode } from '../support.ts';
import { openWorld, overMcp, overRest, type Refused, type Who, type World } from './world.ts';

type Args = (world: World) => Readonly<Record<string, unknown>> | string;
/** What is wrong, the code of the refusal, the arguments (as an object or as JSON text), and who calls unless alice. */
type Row = readonly [what: string, code: ErrorCode, args: Args, who?: Who];

const NOWHERE = `chn_${'q'.repeat(16)}`;
const id = ({ table }: World) => ({ channel_id: table.channel_id });
/** JSON text of an object with one more member, in whatever spelling. */
const text = (fields: object, more: string) => `${JSON.stringify(fields).slice(0, -1)},${more}}`;

/** Wrong in the same way for each operation that takes a channel. */
const anyChannel = (
  rest: (world: World) => object,
  stranger: ErrorCode = 'CHANNEL_NOT_FOUND',
): readonly Row[] => [
  ['no channel', 'INVALID_REQUEST', (world) => ({ ...rest(world) })],
  ['a channel id of the wrong form', 'INVALID_REQUEST', (world) => ({ ...rest(world), channel_id: 'chn_X' })],
  ['an unknown channel', 'CHANNEL_NOT_FOUND', (world) => ({ ...rest(world), channel_id: NOWHERE })],
  ['a foreign channel', stranger, (world) => ({ ...rest(world), ...id(world) }), 'carol'],
  [
    'a field that is not there',
    'INVALID_REQUEST',
    (world) => ({ ...rest(world), ...id(world), colour: 'red' }),
  ],
];

/** Wrong in the same way for each operation that takes a seat. */
const anySeat = (rest: (world: World) => object): readonly Row[] => [
  ['a malformed seat', 'SEAT_INVALID', (world) => ({ ...rest(world), ...id(world), seat: 'mine' })],
  [
    'a made up handle',
    'SEAT_INVALID',
    (world) => ({ ...rest(world), ...id(world), seat: strangeCode('rejoin', world.table.channel_id) }),
  ],
  [
    'a handle for another channel',
    'SEAT_INVALID',
    (world) => ({ ...rest(world), ...id(world), seat: world.frozen.a.rejoin_token }),
  ],
  [
    "somebody else's handle",
    'SEAT_INVALID',
    (world) => ({ ...rest(world), ...id(world), seat: world.table.b.rejoin_token }),
  ],
];

/** Texts that are no JSON of one meaning, for operations that take JSON. */
const anyJson = (rest: (world: World) => object): readonly Row[] => [
  [
    'a duplicate key',
    'INVALID_REQUEST',
    (world) => text({ ...rest(world), ...id(world) }, `"channel_id":"${NOWHERE}"`),
  ],
  [
    'a lone surrogate',
    'INVALID_REQUEST',
    (world) => text({ ...rest(world), ...id(world) }, '"idempotency_key":"\\ud800"'),
  ],
  [
    'an integer beyond 2^53-1',
    'INVALID_REQUEST',
    (world) => text({ ...rest(world), ...id(world) }, '"idempotency_key":9007199254740993'),
  ],
  [
    'nesting over 64',
    'INVALID_REQUEST',
    (world) => text({ ...rest(world), ...id(world) }, `"idempotency_key":${'['.repeat(65)}${']'.repeat(65)}`),
  ],
  [
    'text after the end',
    'INVALID_REQUEST',
    (world) => `${JSON.stringify({ ...rest(world), ...id(world) })}x`,
  ],
  [
    'over 256 KiB',
    'TOO_LARGE',
    (world) => text({ ...rest(world), ...id(world) }, `"idempotency_key":"${'k'.repeat(262_144)}"`),
  ],
  [
    'an idempotency_key that is no text',
    'INVALID_REQUEST',
    (world) => ({ ...rest(world), ...id(world), idempotency_key: 7 }),
  ],
];

const creation = { name: 'n', slots: ['bot:R', 'invite:A'] };
const hello = () => ({ body: 'hello' });
const secretTo = (world: World) => ({ bot_id: world.table.bot_id, message: 'hello' });
const rename = () => ({ ops: [{ type: 'rename', name: 'New' }] });
const op =
  (fields: object): Args =>
  (world) => ({ ...id(world), ops: [fields] });

const TABLE: Readonly<Record<string, readonly Row[]>> = {
  create_channel: [
    ...anyJson(() => creation).filter(([what]) => what !== 'a duplicate key'),
    ['nothing', 'INVALID_REQUEST', () => ({})],
    ['a duplicate key', 'INVALID_REQUEST', () => text(creation, '"name":"m"')],
    ['no slots', 'INVALID_REQUEST', () => ({ name: 'n' })],
    ['slots as text', 'INVALID_REQUEST', () => ({ name: 'n', slots: 'bot:R' })],
    [
      '33 slots',
      'INVALID_REQUEST',
      () => ({ name: 'n', slots: Array.from({ length: 33 }, () => 'invite:A') }),
    ],
    ['a slot of no kind', 'BAD_SLOT', () => ({ name: 'n', slots: ['R'] })],
    ['a name that is a number', 'INVALID_REQUEST', () => ({ ...creation, name: 7 })],
    ['an unknown preset', 'UNKNOWN_PRESET', () => ({ ...creation, bot_preset: 'NoBot' })],
    ['code that does not compile', 'INVALID_BOT_CODE', () => ({ ...creation, bot_code: 'def' })],
    ['code over 64 KiB', 'TOO_LARGE', () => ({ ...creation, bot_code: 'x'.repeat(65_537) })],
    [
      'a bot without a slot',
      'BOT_SLOT_MISSING',
      () => ({ name: 'n', slots: ['invite:A'], bot_code: 'pass' }),
    ],
    ['a negative time to live', 'INVALID_REQUEST', () => ({ ...creation, invite_ttl_s: -1 })],
    ['an unknown visibility', 'INVALID_REQUEST', () => ({ ...creation, visibility: 'secret' })],
  ],
  join_channel: [
    ['nothing', 'INVALID_REQUEST', () => ({})],
    ['an invite that is a number', 'INVALID_REQUEST', () => ({ invite_code: 7 })],
    ['a malformed invite', 'INVITE_INVALID', () => ({ invite_code: 'inv_please' })],
    [
      'a made up invite',
      'INVITE_INVALID',
      (world) => ({ invite_code: strangeCode('inv', world.table.channel_id) }),
    ],
    ['an invite of no channel', 'INVITE_INVALID', () => ({ invite_code: strangeCode('inv', NOWHERE) })],
    ['a used invite', 'SLOT_ALREADY_FILLED', ({ table }) => ({ invite_code: table.inviteB }), 'carol'],
    ['a revoked invite', 'INVITE_REVOKED', ({ own }) => ({ invite_code: own.invites[1] }), 'carol'],
    ['an expired invite', 'INVITE_EXPIRED', ({ own }) => ({ invite_code: own.invites[0] }), 'carol'],
    [
      'an invite of a closed channel',
      'CHANNEL_CLOSED',
      ({ closed }) => ({ invite_code: closed.created.invites[2] }),
      'carol',
    ],
    ['a malformed handle', 'REJOIN_TOKEN_INVALID', () => ({ invite_code: 'rejoin_please' })],
    [
      'a made up handle',
      'REJOIN_TOKEN_INVALID',
      (world) => ({ invite_code: strangeCode('rejoin', world.table.channel_id) }),
    ],
    ['a seat of somebody else', 'SLOT_NOT_FOUND', (world) => ({ ...id(world), slot_id: 's2' })],
    [
      'a seat in a foreign channel',
      'CHANNEL_NOT_FOUND',
      (world) => ({ ...id(world), slot_id: 's2' }),
      'carol',
    ],
    ['a seat in an unknown channel', 'CHANNEL_NOT_FOUND', () => ({ channel_id: NOWHERE, slot_id: 's1' })],
    ['a slot id of the wrong form', 'INVALID_REQUEST', (world) => ({ ...id(world), slot_id: 'one' })],
    [
      'a code and a channel',
      'INVALID_REQUEST',
      (world) => ({ ...id(world), invite_code: world.table.inviteB }),
    ],
    [
      'a duplicate key',
      'INVALID_REQUEST',
      ({ own }) => `{"invite_code":"${own.invites[0]}","invite_code":"x"}`,
      'carol',
    ],
    ['a lone surrogate', 'INVALID_REQUEST', () => '{"invite_code":"\\udfff"}'],
  ],
  post_message: [
    ...anyChannel(hello),
    ...anySeat(hello),
    ...anyJson(hello),
    ['no body', 'INVALID_REQUEST', id],
    ['a body that is a list', 'INVALID_REQUEST', (world) => ({ ...id(world), body: ['hello'] })],
    ['a body over 64 KiB', 'TOO_LARGE', (world) => ({ ...id(world), body: 'x'.repeat(65_536) })],
    [
      'a duplicate key in the body',
      'INVALID_REQUEST',
      (world) => text(id(world), '"body":{"a":{"b":1,"b":1}}'),
    ],
    ['a lone surrogate in the body', 'INVALID_REQUEST', (world) => text(id(world), '"body":{"\\udc00":1}')],
    ['kind bot', 'KIND_NOT_ALLOWED', (world) => ({ ...id(world), ...hello(), kind: 'bot' })],
    ['kind system', 'KIND_NOT_ALLOWED', (world) => ({ ...id(world), ...hello(), kind: 'system' })],
    ['a kind that is a number', 'INVALID_REQUEST', (world) => ({ ...id(world), ...hello(), kind: 1 })],
    ['a negative wait', 'INVALID_REQUEST', (world) => ({ ...id(world), ...hello(), wait_ms: -1 })],
    ['a wait over 30 s', 'INVALID_REQUEST', (world) => ({ ...id(world), ...hello(), wait_ms: 30_001 })],
    [
      'a live handle in the body',
      'SECRET_IN_BODY',
      (world) => ({ ...id(world), body: { a: [world.table.b.rejoin_token] } }),
    ],
    ['a closed channel', 'CHANNEL_CLOSED', ({ closed }) => ({ channel_id: closed.channel_id, ...hello() })],
    ['an admin without a seat', 'NOT_MEMBER', ({ own }) => ({ channel_id: own.channel_id, ...hello() })],
  ],
  dm_bot: [
    ...anyChannel(secretTo),
    ...anySeat(secretTo),
    ...anyJson(secretTo),
    ['no bot', 'INVALID_REQUEST', (world) => ({ ...id(world), message: 'hello' })],
    ['an unknown bot', 'BOT_NOT_FOUND', (world) => ({ ...id(world), bot_id: 'bot_X_1', message: 'hello' })],
    ['no message', 'INVALID_REQUEST', (world) => ({ ...id(world), bot_id: world.table.bot_id })],
    [
      'a message over 64 KiB',
      'TOO_LARGE',
      (world) => ({ ...id(world), ...secretTo(world), message: 'x'.repeat(65_536) }),
    ],
    ['a kind', 'INVALID_REQUEST', (world) => ({ ...id(world), ...secretTo(world), kind: 'bot' })],
    [
      'a live handle in the message',
      'SECRET_IN_BODY',
      (world) => ({ ...id(world), ...secretTo(world), message: world.table.a.rejoin_token }),
    ],
  ],
  sync_messages: [
    ...anyChannel(() => ({ timeout_ms: 0 })),
    ...anySeat(() => ({ timeout_ms: 0 })),
    ['a negative cursor', 'INVALID_REQUEST', (world) => ({ ...id(world), cursor: -1 })],
    ['a cursor that is no number', 'INVALID_REQUEST', (world) => ({ ...id(world), cursor: 'last' })],
    ['a cursor beyond the end', 'BAD_CURSOR', (world) => ({ ...id(world), cursor: 9_999 })],
    ['a negative time-out', 'INVALID_REQUEST', (world) => ({ ...id(world), timeout_ms: -1 })],
    ['a time-out over 45 s', 'INVALID_REQUEST', (world) => ({ ...id(world), timeout_ms: 45_001 })],
    ['a limit of none', 'INVALID_REQUEST', (world) => ({ ...id(world), limit: 0 })],
    ['too few tokens', 'INVALID_REQUEST', (world) => ({ ...id(world), max_tokens: 199 })],
    ['a negative offset', 'INVALID_REQUEST', (world) => ({ ...id(world), body_offset: -1 })],
  ],
  get_channel_info: [...anyChannel(() => ({})), ...anySeat(() => ({}))],
  get_bot_code: [
    ...anyChannel((world) => ({ bot_id: world.table.bot_id })),
    ...anySeat((world) => ({ bot_id: world.table.bot_id })),
    ['no bot', 'INVALID_REQUEST', id],
    ['an unknown bot', 'BOT_NOT_FOUND', (world) => ({ ...id(world), bot_id: 'bot_X_1' })],
    [
      'a negative offset',
      'INVALID_REQUEST',
      (world) => ({ ...id(world), bot_id: world.table.bot_id, offset: -1 }),
    ],
  ],
  list_channels: [
    ['an unknown filter', 'INVALID_REQUEST', () => ({ filter: 'all' })],
    ['a limit over 50', 'INVALID_REQUEST', () => ({ limit: 51 })],
    ['a negative limit', 'INVALID_REQUEST', () => ({ limit: -1 })],
    ['a cursor that was never given', 'BAD_CURSOR', () => ({ cursor: 'next' })],
  ],
  update_channel: [
    ...anyChannel(rename),
    ...anySeat(rename),
    ...anyJson(rename),
    ['no ops', 'INVALID_REQUEST', id],
    ['an empty list of ops', 'INVALID_REQUEST', (world) => ({ ...id(world), ops: [] })],
    [
      '17 ops',
      'INVALID_REQUEST',
      (world) => ({ ...id(world), ops: Array.from({ length: 17 }, () => ({ type: 'close' })) }),
    ],
    ['a member who is no admin', 'NOT_ADMIN', (world) => ({ ...id(world), ...rename() }), 'bob'],
    ['an unknown op', 'BAD_OP', op({ type: 'explode' })],
    ['an op without a type', 'BAD_OP', op({ slot_id: 's1' })],
    ['an op that lacks a field', 'BAD_OP', op({ type: 'set_admin', slot_id: 's1' })],
    ['an op with a field too many', 'BAD_OP', op({ type: 'close', why: 'x' })],
    [
      'an op after a good one',
      'BAD_OP',
      (world) => ({ ...id(world), ops: [...rename().ops, { type: 'explode' }] }),
    ],
    ['a slot that is not there', 'SLOT_NOT_FOUND', op({ type: 'evict', slot_id: 's9' })],
    [
      'an empty seat',
      'SEAT_EMPTY',
      ({ own }) => ({ channel_id: own.channel_id, ops: [{ type: 'evict', slot_id: 's0' }] }),
    ],
    ['the last admin', 'LAST_ADMIN', op({ type: 'set_admin', slot_id: 's1', admin: false })],
    ['an unknown bot', 'BOT_NOT_FOUND', op({ type: 'remove_bot', bot_id: 'bot_X_1' })],
    ['a bot that is not suspended', 'BOT_NOT_SUSPENDED', op({ type: 'resume_bot', bot_id: 'bot_Referee_0' })],
    ['a filled seat', 'SLOT_ALREADY_FILLED', op({ type: 'issue_invite', slot_id: 's2' })],
    ['no invite to revoke', 'INVITE_INVALID', op({ type: 'revoke_invite', slot_id: 's2' })],
    ['bad code', 'INVALID_BOT_CODE', op({ type: 'set_bot', slot: 'Referee', inline_code: 'def' })],
    [
      'frozen bots',
      'BOTS_FROZEN',
      ({ frozen }) => ({
        channel_id: frozen.channel_id,
        ops: [{ type: 'set_bot', slot: 'R', inline_code: 'pass' }],
      }),
    ],
    ['a channel that is open still', 'CHANNEL_NOT_CLOSED', op({ type: 'delete' })],
    ['a closed channel', 'CHANNEL_CLOSED', ({ closed }) => ({ channel_id: closed.channel_id, ...rename() })],
  ],
  attach_bot: [
    ...anyChannel(() => ({ inline_code: 'pass' })),
    ...anySeat(() => ({ inline_code: 'pass' })),
    ...anyJson(() => ({ inline_code: 'pass' })),
    ['a member who is no admin', 'NOT_ADMIN', (world) => ({ ...id(world), inline_code: 'pass' }), 'bob'],
    [
      'a slot that is filled',
      'SLOT_ALREADY_FILLED',
      (world) => ({ ...id(world), slot: 'Referee', inline_code: 'pass' }),
    ],
    [
      'a slot that is not there',
      'SLOT_NOT_FOUND',
      (world) => ({ ...id(world), slot: 'Nobody', inline_code: 'pass' }),
    ],
    ['no empty slot', 'SLOT_NOT_FOUND', (world) => ({ ...id(world), inline_code: 'pass' })],
    [
      'frozen bots',
      'BOTS_FROZEN',
      ({ frozen }) => ({ channel_id: frozen.channel_id, slot: 'T', inline_code: 'pass' }),
    ],
    [
      'a name with a space',
      'INVALID_REQUEST',
      (world) => ({ ...id(world), name: 'a b', inline_code: 'pass' }),
    ],
    [
      'a closed channel',
      'CHANNEL_CLOSED',
      ({ closed }) => ({ channel_id: closed.channel_id, inline_code: 'pass' }),
    ],
  ],
};

/** Where unreadable JSON breaks is told by its place in the request, which differs. */
function comparable({ error }: Refused, unreadable: boolean) {
  return unreadable ? { ...error, message: '' } : error;
}

const ROWS = Object.entries(TABLE).map(([name, rows]) => ({
  name,
  rows: rows.map(([what, code, args, who = 'alice']) => ({ what, code, args, who })),
}));

describe.each(ROWS)('$name refuses', ({ name, rows }) => {
  it.each(rows)('$what: $code, the same on both edges, and changes nothing', async ({ code, args, who }) => {
    await using world = await openWorld();
    const wrong = args(world);
    const json = typeof wrong === 'string' ? wrong : JSON.stringify(wrong);
    const before = await world.traces();
    const rest = await overRest(world.base, name, json, world.tokens[who]);
    expect(rest).toMatchObject({ status: ERRORS[code].status, error: { code, next: ERRORS[code].next } });
    const mcp = await overMcp(world.base, name, json, world.tokens[who]);
    const unreadable = typeof wrong === 'string';
    expect(comparable(mcp, unreadable)).toEqual(comparable(rest, unreadable));
    expect(await world.traces()).toEqual(before);
  });
});

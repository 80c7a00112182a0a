import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../control-plane/src/channels/operations/index.ts';
import { updateOp } from '../../control-plane/src/channels/operations/ops.ts';
import { tally } from '../support/tally.ts';
import { type Actor, type ActorName, ACTORS } from './support/actors.ts';
import { CALLS } from './support/calls.ts';
import { EDGES } from './support/edges.ts';
import { openWorld } from './support/world.ts';

type Row = Readonly<Record<ActorName, string>>;

/** Without an account nothing is answered, whatever is asked. */
const REFUSED = {
  nobody: 'UNAUTHORIZED',
  'a revoked token': 'UNAUTHORIZED',
  "another server's token": 'UNAUTHORIZED',
  'a banned account': 'UNAUTHORIZED',
  'a client that nobody stands behind': 'UNAUTHORIZED',
} as const;

const everybody = (code: string) =>
  Object.fromEntries(Object.keys(ACTORS).map((actor) => [actor, code])) as Row;

/** Needs an account, and no seat. */
const ACCOUNT: Row = { ...everybody('ok'), ...REFUSED };

/** Needs a seat, and which one must be known. */
const SEAT: Row = {
  ...REFUSED,
  'the admin, without a seat': 'NOT_MEMBER',
  'a member': 'ok',
  'two seats, one named': 'ok',
  'two seats, none named': 'SEAT_REQUIRED',
  "another's handle": 'SEAT_INVALID',
  'an evicted tenure': 'NOT_MEMBER',
  "an evicted tenure's handle": 'SEAT_INVALID',
  'another account': 'CHANNEL_NOT_FOUND',
};

/** Reads messages: an admin reads what is public. */
const READ: Row = { ...SEAT, 'the admin, without a seat': 'ok' };

/** Looks at what is public, for which any seat will do. */
const LOOK: Row = { ...READ, 'two seats, none named': 'ok' };

const ADMIN: Row = {
  ...SEAT,
  'the admin, without a seat': 'ok',
  'a member': 'NOT_ADMIN',
  'two seats, one named': 'NOT_ADMIN',
  'two seats, none named': 'NOT_ADMIN',
};

/** Looks at the admin's right before a bot is compiled, and at the seat after it. */
const ADMIN_FIRST: Row = {
  ...ADMIN,
  "another's handle": 'NOT_ADMIN',
  "an evicted tenure's handle": 'NOT_MEMBER',
};

/** An admin's, who is told what else stands in the way. */
const adminUnless = (code: string): Row => ({ ...ADMIN, 'the admin, without a seat': code });

const MATRIX: Readonly<Record<string, Row>> = {
  health_check: everybody('ok'),
  create_channel: ACCOUNT,
  join_channel: ACCOUNT,
  post_message: SEAT,
  dm_bot: SEAT,
  sync_messages: READ,
  get_channel_info: LOOK,
  get_bot_code: LOOK,
  list_channels: ACCOUNT,
  attach_bot: ADMIN_FIRST,
  'update_channel set_bot': ADMIN_FIRST,
  'update_channel remove_bot': ADMIN,
  'update_channel resume_bot': adminUnless('BOT_NOT_SUSPENDED'),
  'update_channel yield_slot': SEAT,
  'update_channel evict': ADMIN,
  'update_channel set_admin': ADMIN,
  'update_channel rename': ADMIN,
  'update_channel issue_invite': ADMIN,
  'update_channel revoke_invite': ADMIN,
  'update_channel set_visibility': ADMIN,
  'update_channel close': ADMIN,
  'update_channel delete': adminUnless('CHANNEL_NOT_CLOSED'),
};

const TAKES_SEAT = new Set<string>(
  OPERATIONS.filter(({ input }) => 'seat' in input.shape).map(({ name }) => name),
);
const READS = new Set<string>(OPERATIONS.filter(({ method }) => method === 'GET').map(({ name }) => name));

it('every operation and every op has its row, and no row is of anything else', () => {
  const ops = updateOp.options.map((option) => `update_channel ${option.shape.type.value}`);
  const others = OPERATIONS.map(({ name }) => name).filter((name) => name !== 'update_channel');
  expect(Object.keys(MATRIX).toSorted()).toEqual([...others, ...ops].toSorted());
  expect(Object.keys(CALLS).toSorted()).toEqual(Object.keys(MATRIX).toSorted());
});

describe.each(Object.entries(EDGES))('over %s', (edge, call) => {
  it('everybody may do what the matrix says, and a refused call changes nothing', {
    timeout: 120_000,
  }, async (context) => {
    // MCP asks for a token before it reads which tool is meant.
    const expected = edge === 'MCP' ? { ...MATRIX, health_check: ACCOUNT } : MATRIX;
    await using world = await openWorld();
    const found: Record<string, Record<string, string>> = {};
    const changed: string[] = [];
    for (const [name, { operation, args }] of Object.entries(CALLS)) {
      found[name] = {};
      for (const [who, actor] of Object.entries<Actor>(ACTORS)) {
        const channel = await world.channel();
        const before = await world.channels.head(channel.channel_id);
        const seat = actor.seat && TAKES_SEAT.has(operation) ? { seat: actor.seat(channel) } : {};
        const outcome = await call(world, operation, { ...args(channel), ...seat }, actor.token(world));
        found[name][who] = outcome;
        const moved = (await world.channels.head(channel.channel_id)) !== before;
        const writes = outcome === 'ok' && !READS.has(operation) && operation !== 'create_channel';
        if (moved !== writes) changed.push(`${name} by ${who}: ${outcome}`);
      }
    }
    expect(found).toEqual(expected);
    expect(changed).toEqual([]);
    const cells = Object.keys(CALLS).length * Object.keys(ACTORS).length;
    tally(
      context,
      `authorization matrix: ${cells} cells over ${edge} (${Object.keys(CALLS).length} calls by ${Object.keys(ACTORS).length} kinds of callers)`,
    );
  });
});

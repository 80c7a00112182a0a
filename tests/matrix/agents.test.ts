import { describe, expect, it } from 'vitest';
import { AGENT_OPERATIONS } from '../../control-plane/src/agents/operations.ts';
import { tally } from '../support/tally.ts';
import { callAgents } from './support/agent-calls.ts';
import { openWorld, type World } from './support/world.ts';

/** Who calls: how they come by their token. */
const CALLERS = {
  nobody: () => undefined,
  'a revoked token': ({ tokens }: World) => tokens.revoked,
  "another server's token": ({ tokens }: World) => tokens.foreign,
  'a banned account': ({ tokens }: World) => tokens.banned,
  'a client that nobody stands behind': ({ tokens }: World) => tokens.ownerless,
  'the owner': ({ tokens }: World) => tokens.member,
  'another account': ({ tokens }: World) => tokens.stranger,
} as const;

type CallerName = keyof typeof CALLERS;
type Row = Readonly<Record<CallerName, string>>;

const row = (owner: string, other: string): Row => ({
  nobody: 'UNAUTHORIZED',
  'a revoked token': 'UNAUTHORIZED',
  "another server's token": 'UNAUTHORIZED',
  'a banned account': 'UNAUTHORIZED',
  'a client that nobody stands behind': 'UNAUTHORIZED',
  'the owner': owner,
  'another account': other,
});

/** What comes of each call about the agent `owned`, and about what was sent to it. */
const MATRIX: Readonly<Record<string, Row>> = {
  'register_agent again': row('ok', 'AGENT_TAKEN'),
  'register_agent another': row('ok', 'ok'),
  list_agents: row('ok', 'ok'),
  'send_agent_message from it': row('ok', 'NOT_YOUR_AGENT'),
  'send_agent_message to it': row('ok', 'ok'),
  'send_agent_message to nobody': row('AGENT_NOT_FOUND', 'AGENT_NOT_FOUND'),
  'read_inbox of it': row('ok', 'NOT_YOUR_AGENT'),
  'read_inbox of nobody': row('AGENT_NOT_FOUND', 'AGENT_NOT_FOUND'),
  'read_inbox of its own': row('ok', 'ok'),
  'message_receipt of what it sent': row('ok', 'MESSAGE_NOT_FOUND'),
  'message_receipt as it': row('ok', 'NOT_YOUR_AGENT'),
  'dead_letters of it': row('ok', 'NOT_YOUR_AGENT'),
  'issue_ticket for it': row('ok', 'NOT_YOUR_AGENT'),
  'open its socket': row('101', '403'),
  'deregister_agent it': row('ok', 'NOT_YOUR_AGENT'),
};

describe('who may do what with an agent', () => {
  it('every operation has a row', () => {
    const named = new Set(Object.keys(MATRIX).map((call) => call.split(' ')[0]));
    for (const { name } of AGENT_OPERATIONS) expect(named).toContain(name);
  });

  it.each(Object.keys(MATRIX))('%s', async (call) => {
    const found: Record<string, string> = {};
    for (const [caller, tokenOf] of Object.entries(CALLERS)) {
      await using world = await openWorld();
      found[caller] = await callAgents(world, call, tokenOf(world));
    }
    const sockets = (code: string) => (call === 'open its socket' && code === 'UNAUTHORIZED' ? '401' : code);
    const expected = Object.entries(MATRIX[call] ?? {}).map(([caller, code]) => [caller, sockets(code)]);
    expect(found).toEqual(Object.fromEntries(expected));
  });

  it('is counted', (context) => {
    const cells = Object.keys(MATRIX).length * Object.keys(CALLERS).length;
    tally(
      context,
      `agents matrix: ${cells} cells (${Object.keys(MATRIX).length} calls by ${Object.keys(CALLERS).length} kinds of callers)`,
    );
    expect(cells).toBe(105);
  });
});

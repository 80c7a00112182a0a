import { describe, expect, it } from 'vitest';
import { NO_LIMITS } from '../support/unlimited.ts';
import { type ErrorCode, ERRORS } from '../../control-plane/src/kernel/errors.ts';
import type { Preset } from '../../control-plane/src/bots/presets.ts';
import { Budgets } from '../../control-plane/src/limits/budgets.ts';
import { ManualClock } from '../support/manual-time.ts';
import { AGENTS } from './errors/agents.ts';
import { BOTS } from './errors/bots.ts';
import { SOURCE } from './errors/case.ts';
import { CHANNELS } from './errors/channels.ts';
import { INPUT } from './errors/input.ts';
import { PACE } from './errors/pace.ts';
import { SEATS } from './errors/seats.ts';
import { startModels } from './support.ts';

const CASES = Object.entries({ ...INPUT, ...SEATS, ...CHANNELS, ...BOTS, ...AGENTS, ...PACE });

/** Codes after which no call of the caller's helps, and why. */
const NO_NEXT_CALL: { readonly [Code in ErrorCode]?: string } = {
  INBOX_FULL: 'the same call again, once the other agent has read: tests/agents/limits.test.ts',
  AGENT_QUOTA: 'an agent is ended over REST, by whoever registered it: tests/agents/limits.test.ts',
  RATE_LIMITED: 'the same call again, after retry_after_s: tests/http/rate-limits.test.ts',
  INTERNAL: 'only the operator sees what went wrong, and finds it by the request id',
};

/** Codes that no tool answers, and why. */
const NOT_OF_TOOLS: { readonly [Code in ErrorCode]?: string } = {
  UNAUTHORIZED: 'HTTP 401 before any tool: the client gets a token, no model reads it',
  FORBIDDEN_SCOPE: 'HTTP 403 before any tool: the client authorizes again',
  SITE_FORBIDDEN: 'HTTP 403 before any tool: the operator names the sites',
  SERVER_STOPPING: 'a parked call is answered with what there is; a new one finds no server',
  NOT_FOUND: 'an address of HTTP',
  METHOD_NOT_ALLOWED: 'a method of HTTP',
  UNSUPPORTED_MEDIA_TYPE: 'a header of HTTP',
  AGENT_TAKEN: 'registering is no tool: an agent that a client speaks as is named by the server',
  MESSAGE_NOT_FOUND: 'receipts are asked for over REST',
  TICKET_INVALID: 'opens a WebSocket',
  UPGRADE_REQUIRED: 'an address of WebSocket',
};

const PRESET: Preset = {
  name: 'Table',
  version: '1',
  summary: 'Says nothing.',
  class_name: 'Referee',
  file: 'table.py',
  hooks: [],
  params: {},
  env: {},
  network: 'off',
  source: SOURCE,
};

/** A server whose clock a case moves, with limits that a case can reach. */
function startLimited() {
  const clock = new ManualClock();
  const budgets = new Budgets({ ...NO_LIMITS, reads: 120 }, () => clock.now());
  return startModels({ clock, presets: [PRESET], loopGuard: { per_minute: 600, burst: 120 } }, { budgets });
}

const codeOf = (title: string) => title.split(' ')[0] as ErrorCode;

it('every code of the error table is followed here, or named with the reason why it is not', () => {
  const named = [
    ...CASES.map(([title]) => codeOf(title)),
    ...Object.keys({ ...NO_NEXT_CALL, ...NOT_OF_TOOLS }),
  ];
  expect([...new Set(named)].sort()).toEqual(Object.keys(ERRORS).sort());
});

describe('what an error says to do next works', () => {
  it.each(CASES)('%s', async (title, provoke) => {
    await using models = await startLimited();
    const { session, tool, args, told, meanwhile, goal } = await provoke(models);
    const error = await session.refused(tool, args);
    expect(error).toMatchObject({ code: codeOf(title), next: expect.stringMatching(/./) });
    expect(error['next_call']).toEqual(told);
    expect(error['next']).toContain(told?.tool ?? '');
    expect(told ?? goal).toBeDefined();

    const following = told ? session.follow(error['next_call']) : undefined;
    meanwhile?.();
    await goal?.(error, await following);
    await following;
  });

  it('INTERNAL tells no call, but the request to ask the operator about', async () => {
    await using models = await startModels();
    models.channels.store.streamsByTag = async () => {
      throw new Error('Nobody foresaw this.');
    };
    const error = await models.as('alice').refused('list_channels');
    expect(error).toMatchObject({ code: 'INTERNAL', request_id: expect.stringMatching(/^req_/) });
    expect(error['next_call']).toBeUndefined();
  });
});

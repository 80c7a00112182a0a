import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { tally } from '../support/tally.ts';
import { fuzzMcp } from './mcp/campaign.ts';
import { faultOf } from './mcp/judge.ts';
import type { FuzzRequest } from './mcp/messages.ts';

const CASES = process.env['TEST_LONG'] === '1' ? 100_000 : 3_000;

it('the MCP edge stands random and broken JSON-RPC, and serves others exactly meanwhile', {
  timeout: 60_000 + CASES * 15,
}, async (context) => {
  const seed = randomInt(2 ** 32);
  const { broken, faults, ended, honest, held } = await fuzzMcp({ seed, cases: CASES });
  expect({ broken, faults }, `seed ${seed}, held ${JSON.stringify(held)}`).toEqual({
    broken: [],
    faults: [],
  });
  // A run in which nothing was let through would say nothing of what is answered.
  expect(ended['200']).toBeGreaterThan(CASES / 10);
  const ways = Object.entries(ended).map(([way, count]) => `${way}: ${count}`);
  tally(
    context,
    `fuzz of MCP: ${CASES} messages, 0 faults (${ways.join(', ')}), ${honest.posted} honest posts beside them, ${honest.lost} lost`,
  );
});

const body = (message: object) => ({ body: JSON.stringify({ jsonrpc: '2.0', ...message }) });
const call: FuzzRequest = {
  method: 'POST',
  path: '/mcp',
  headers: [],
  body: Buffer.from('{"jsonrpc":"2.0","id":7,"method":"tools/list"}'),
};
const json = { kind: 'answered', status: 200, type: 'application/json' } as const;
const stream = { ...json, type: 'text/event-stream' } as const;

it.each([
  ['a status of 500', { ...json, status: 500, body: '{}' }, /status 500/],
  ['no answer', { kind: 'hung', status: undefined, body: '' }, /no answer/],
  ['a closed connection', { kind: 'dropped', reason: 'socket hang up' }, /dropped/],
  ['a page', { ...json, type: 'text/html', body: '<p>' }, /of type/],
  ['half of an object', { ...json, body: '{"jsonrpc":' }, /no JSON/],
  ['an event that is none', { ...stream, body: 'data: {\n\n' }, /no JSON/],
  ['neither result nor error', { ...json, ...body({ id: 7 }) }, /neither/],
  ['an error without a code', { ...json, ...body({ id: 7, error: { message: '' } }) }, /without code/],
  ['an internal error', { ...json, ...body({ id: 7, error: { code: -32_603, message: '' } }) }, /internal/],
  ['the answer to another call', { ...json, ...body({ id: 8, result: {} }) }, /answer to id 8/],
  ['a good answer', { ...json, ...body({ id: 7, result: {} }) }, undefined],
  [
    'a good event with a line separator in a text',
    { ...stream, body: `data: ${body({ id: 7, result: { text: 'a\u2028b' } }).body}\n\n` },
    undefined,
  ],
  ['a good event', { ...stream, body: `data: ${body({ id: 7, result: {} }).body}\n\n` }, undefined],
] as const)('the judge knows %s', (_, outcome, fault) => {
  const found = faultOf(call, outcome);
  expect(found === undefined ? undefined : fault?.test(found)).toBe(fault && true);
});

import { expect, test } from 'vitest';
import type { CallEnd } from '../../control-plane/src/sandbox/containers/call.ts';
import { hookRequest, readHook } from '../../control-plane/src/sandbox/containers/hook-call.ts';
import type { Connection } from '../../control-plane/src/sandbox/port.ts';
import { call, program } from './support/programs.ts';

const CONNECTION: Connection = {
  host: 'example.com',
  port: 443,
  address: null,
  outcome: 'not_resolved',
  bytesIn: 0,
  bytesOut: 0,
  ms: 3,
};
const QUIET = { oom: false, detail: 0, wallUs: 1500 };

function ended(reply: string, more: Partial<CallEnd> = {}): CallEnd {
  const bytes = Buffer.from(reply);
  return { nonce: Buffer.alloc(16), cause: 'ok', replyBytes: bytes.length, reply: bytes, ...QUIET, ...more };
}

test('a request carries the state as it is stored, and every field that a bot sees', () => {
  const asked = call([{ text: 'hi' }], { state: '{"__proto__":1,"a":[1]}', stateVersion: 3, nowMs: 7 });
  const text = hookRequest(program(''), asked).toString();
  expect(text).toContain('"state":{"__proto__":1,"a":[1]}');
  expect(JSON.parse(text)).toMatchObject({
    hook: 'on_message',
    args: [{ text: 'hi' }],
    state_version: 3,
    params: {},
    env: {},
    players: [],
    now_ms: 7,
    seed: '0'.repeat(64),
    limits: { wall_ms: 5000, memory_bytes: 134217728, processes: 32 },
    workspace: '/workspace',
  });
});

test('a bot without state yet is told null', () => {
  expect(JSON.parse(hookRequest(program(''), call()).toString()).state).toBeNull();
});

test.each([
  ['posts alone', '{"posts":[],"output":"x"}', '{"posts":[]}'],
  ['a state of null', '{"posts":[],"state":null}', '{"posts":[],"state":null}'],
  ['a key named __proto__', '{"posts":[{"__proto__":1}]}', '{"posts":[{"__proto__":1}]}'],
  ['keys that are not ours', '{"posts":[1],"outcome":"ok","more":1}', '{"posts":[1]}'],
])('an answer with %s is passed on', (_name, answer, reply) => {
  expect(readHook(ended(answer), [CONNECTION])).toMatchObject({
    outcome: 'ok',
    reply,
    wallMs: 1.5,
    connections: [CONNECTION],
  });
});

test('an answer of more values than the server reads is refused, however short they are written', () => {
  const many = (values: number) => ended(`{"posts":[],"state":[${'0,'.repeat(values - 1)}0]}`);
  expect(readHook(many(19_997), [])).toMatchObject({ outcome: 'ok' });
  const refused = { outcome: 'bot_failed', reason: 'output', detail: expect.stringContaining('more values') };
  expect(readHook(many(19_998), [])).toMatchObject(refused);
});

test.each([1.5, 0, -7, 65_537, 1e15])('a line %s, which no source has, is left out', (line) => {
  expect(readHook(ended(JSON.stringify({ failed: { line, trace: '' } })), [])).not.toHaveProperty('line');
});

test('what a bot prints, and its traceback, are cut between characters', () => {
  const failed = { failed: { line: 4, trace: 'é'.repeat(5000) }, output: '€'.repeat(5000) };
  const result = readHook(ended(JSON.stringify(failed)), []);
  expect(result).toMatchObject({ outcome: 'bot_failed', reason: 'exception', line: 4 });
  const { trace, output } = result as { trace: string; output: string };
  expect([trace, output]).toEqual(['é'.repeat(2048), '€'.repeat(2730)]);
});

const CAUSES: readonly [name: string, end: Partial<CallEnd>, reason: string][] = [
  ['exited', { cause: 'exited', detail: 7 }, 'exit'],
  ['was ended by a signal', { cause: 'signalled', detail: 11 }, 'exit'],
  ['was killed for want of memory', { cause: 'signalled', detail: 9, oom: true }, 'memory'],
  ['could not allocate', { cause: 'memory', detail: 101 }, 'memory'],
  ['ran too long', { cause: 'timeout' }, 'timeout'],
  ['answered too much', { cause: 'reply_too_large' }, 'output'],
];

test.each(CAUSES)('a process that %s is the bot’s failure', (_name, end, reason) => {
  const result = readHook(ended('', end), []);
  expect(result).toMatchObject({ outcome: 'bot_failed', reason, output: '' });
});

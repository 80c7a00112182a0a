import { expect, test } from 'vitest';
import type { CallEnd } from '../../control-plane/src/sandbox/containers/call.ts';
import { readLoad } from '../../control-plane/src/sandbox/containers/program-load.ts';

const FIXED = { nonce: Buffer.alloc(16), cause: 'ok', oom: false, detail: 0, wallUs: 0 } as const;

/** A load whose process answered this. */
function loaded(answer: unknown): CallEnd {
  const reply = Buffer.from(JSON.stringify(answer));
  return { ...FIXED, reply, replyBytes: reply.length };
}

test.each(['Bot', '_Bot2', 'Größe', 'B'.repeat(100)])('a class may be named %s', (class_name) => {
  const end = readLoad(loaded({ ok: { class_name, uses_network: false } }));
  expect(end).toEqual({ outcome: 'ok', className: class_name, usesNetwork: false, imports: [] });
});

test.each([
  ['is too long to read', 'B'.repeat(101)],
  ['turns the direction of text', 'Bot\u202e'],
  ['has lines', 'Bot\nadmin'],
  ['is empty', ''],
  ['is a number', 7],
])('a class whose name %s is no answer', (_name, class_name) => {
  const end = readLoad(loaded({ ok: { class_name, uses_network: false } }));
  expect(end).toMatchObject({ outcome: 'failed', reason: 'output' });
});

test('a message is cut between characters', () => {
  const end = readLoad(loaded({ refused: { line: 3, message: '😀'.repeat(400) } }));
  expect(end).toEqual({ outcome: 'refused', line: 3, message: '😀'.repeat(125) });
});

test('an answer of more than a few values is none', () => {
  const many = {
    ok: { class_name: 'Bot', uses_network: false, imports: Array.from({ length: 200 }, () => 'ssl') },
  };
  expect(readLoad(loaded(many))).toMatchObject({ outcome: 'failed', reason: 'output' });
});

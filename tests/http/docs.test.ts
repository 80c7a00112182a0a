import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { callsIn } from '../models/doc-examples.ts';
import { ALL_OPERATIONS } from '../../control-plane/src/http/operations.ts';
import { readResource } from '../../control-plane/src/http/mcp/resources.ts';
import { ERRORS } from '../../control-plane/src/kernel/errors.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Cells of every table row whose first cell is a code in capitals. */
function documentedErrors(): Map<string, readonly string[]> {
  const rows = read('docs/errors.md').matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (.+) \| (.+) \|$/gm);
  return new Map([...rows].map(([, code = '', ...cells]) => [code, cells]));
}

describe('docs/errors.md', () => {
  it('tells every error of the table, and no other', () => {
    expect([...documentedErrors().keys()].sort()).toEqual(Object.keys(ERRORS).sort());
  });

  it.each(Object.entries(ERRORS))('tells %s as the table does', (code, { status, message, next }) => {
    expect(documentedErrors().get(code)).toEqual([String(status), message, next]);
  });
});

describe.each(['doc://quick-start', 'doc://messages', 'doc://agents'])('%s', (uri) => {
  const text = readResource(uri)?.text ?? '';

  it('names only errors that exist', () => {
    const named = [...text.matchAll(/\b[A-Z]+_[A-Z_]+\b/g)].map(([code]) => code);
    const ofGuessBot = ['BAD_TURN', 'BAD_MOVE', 'GAME_NOT_STARTED'];
    expect(named.filter((code) => !(code in ERRORS) && !ofGuessBot.includes(code))).toEqual([]);
  });

  it('shows only calls that the schemas take', () => {
    for (const { name, args } of callsIn(text)) {
      const operation = ALL_OPERATIONS.find((candidate) => candidate.name === name);
      const example = JSON.parse(args.replaceAll('chn_…', 'chn_aaaabbbbccccdddd'));
      expect(operation?.input.safeParse(example), `${name} ${args}`).toMatchObject({ success: true });
    }
  });

  it('is short enough to be read', () => {
    expect(text.length).toBeLessThan(8_000);
  });
});

it('doc://quick-start shows each call of a first game', () => {
  const names = callsIn(readResource('doc://quick-start')?.text ?? '').map(({ name }) => name);
  for (const name of ['create_channel', 'get_bot_code', 'join_channel', 'post_message', 'sync_messages']) {
    expect(names).toContain(name);
  }
});

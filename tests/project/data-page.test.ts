import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SESSION_MS } from '../../control-plane/src/accounts/sessions.ts';
import { LIFETIME } from '../../control-plane/src/identity/lifetimes.ts';
import { ROOT } from './temp.ts';

const SOURCE = `${ROOT}/control-plane/src`;
const page = readFileSync(`${ROOT}/docs/data.md`, 'utf8').replaceAll(/\s+/g, ' ');
const sources = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(`${SOURCE}/${name}`, 'utf8'));

/** The row of a table that begins with a kind of record. */
const rowOf = (kind: string) => new RegExp(`\\| \`${kind}\`[^|]*\\|([^|]*\\|){2}`).exec(page)?.[0] ?? '';

const DAY = 86_400_000;

describe('docs/data.md', () => {
  it('tells of every kind of record that the server writes', () => {
    const tables = /new Table(?:<[^>]*>)?\([^)]*'([a-z_]+)'\)|^const KIND = '([a-z_]+)'/gm;
    const kinds = sources.flatMap((text) => [...text.matchAll(tables)].map(([, one, two]) => one ?? two));
    expect(kinds.length).toBeGreaterThan(13);
    expect(kinds.filter((kind) => !page.includes(`\`${kind}\``))).toEqual([]);
  });

  it.each([
    ['code', `${LIFETIME.code / 1_000} seconds`],
    ['access', `${LIFETIME.access / 3_600_000} hours`],
    ['refresh', `${LIFETIME.refresh / DAY} days`],
    ['grant', `${LIFETIME.unusedGrant / 60_000} minutes without`],
    ['client', `${LIFETIME.unusedClient / DAY} days without a token`],
    ['client', `${LIFETIME.publicClient / DAY} days after its last token`],
    ['client', `${LIFETIME.confidentialClient / DAY} days with a secret`],
    ['session', `${SESSION_MS / DAY} days`],
  ])('tells how long a record of kind %s is kept: %s', (kind, time) => {
    expect(rowOf(kind)).toContain(time);
  });

  it('is found from the README', () => {
    expect(readFileSync(`${ROOT}/README.md`, 'utf8')).toContain('(docs/data.md)');
  });
});

import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { TARGETS } from './rows/egress.ts';
import { ESCAPE } from './rows/escape.ts';
import { LIFECYCLE } from './rows/lifecycle.ts';
import { PROTOCOL } from './rows/protocol.ts';
import { RESOURCES } from './rows/resources.ts';
import { type Case, CASES, TESTS } from './support/cases.ts';

const ROWS: readonly { readonly case: Case }[] = [
  ...RESOURCES,
  ...PROTOCOL,
  ...LIFECYCLE,
  ...ESCAPE,
  ...TARGETS,
];
const rowsOf = (name: Case) => ROWS.filter((row) => row.case === name).length;
const told: string[] = [];

afterAll(() => {
  console.info(`hostile cases\n${told.join('\n')}`);
});

test.each(Object.entries(CASES).flatMap(([group, names]) => names.map((name) => [group, name] as const)))(
  '%s: %s has rows, or a test of its own',
  (group, name) => {
    const [file, title] = TESTS[name] ?? [];
    const found =
      file === undefined ||
      readFileSync(new URL(`../${file}`, import.meta.url), 'utf8').includes(title ?? '');
    const where = [
      ...(rowsOf(name) > 0 ? [`rows: ${rowsOf(name)}`] : []),
      ...(file ? [`tests/${file}`] : []),
    ];
    told.push(`  ${group}: ${name}: ${where.join(', ')}`);
    expect(found).toBe(true);
    expect(where).not.toEqual([]);
  },
);

test('every row is told apart by its name', () => {
  const names = [...RESOURCES, ...PROTOCOL, ...LIFECYCLE, ...ESCAPE].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

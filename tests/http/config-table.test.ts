import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SETTINGS } from '../../control-plane/src/config/settings.ts';

/** A row of README's table: | `NAME` | `default` | process | meaning | with the unit after the default. */
const rows = SETTINGS.map(
  ({ env, default: fallback, unit, for: process, meaning }) =>
    `| \`${env}\` | ${fallback === '' ? '' : `\`${fallback}\`${unit && ` ${unit}`}`} | ${process} | ${meaning} |`,
);

it("README's table of settings is that of config.ts, both ways", () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const section = /^#+ Configuration$([\s\S]*?)(?=^#|$(?![\s\S]))/m.exec(readme)?.[1] ?? '';
  const documented = section.split('\n').filter((line) => /^\| `[A-Z][A-Z_]+` \|/.test(line));
  expect(documented).toEqual(rows);
});

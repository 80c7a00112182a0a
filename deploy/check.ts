/** `npm run check`: types, lint, format, boundaries, unused code. Prints one line for each. */
import { fileURLToPath } from 'node:url';
import { checkBoundaries } from './check/boundaries.ts';
import { tool, type Outcome } from './check/tool.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const CHECKS: Readonly<Record<string, () => Promise<Outcome>>> = {
  types: () => tool(ROOT, 'typescript', ['-p', '.', '--pretty', 'false']),
  lint: () => tool(ROOT, 'oxlint', ['--deny-warnings']),
  format: () => tool(ROOT, '@biomejs/biome', ['format', '.']),
  boundaries,
  'unused code': () => tool(ROOT, 'knip', ['--no-progress', '--treat-config-hints-as-errors']),
};

async function boundaries(): Promise<Outcome> {
  const { modules, violations } = await checkBoundaries(ROOT);
  const lines = violations.map(({ rule, from, to }) => `${rule}: ${from} ${to && `imports ${to}`}`);
  return { ok: violations.length === 0 && modules > 0, output: [`${modules} modules`, ...lines].join('\n') };
}

/** Prints the line of one check, and what it found wrong. */
async function report(name: string, check: () => Promise<Outcome>): Promise<boolean> {
  const start = performance.now();
  const { ok, output } = await check();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`check: ${name} ${ok ? 'ok' : 'FAILED'} (${seconds} s)`);
  if (!ok) console.log(output);
  return ok;
}

const results = await Promise.all(Object.entries(CHECKS).map(([name, check]) => report(name, check)));
process.exitCode = results.every(Boolean) ? 0 : 1;

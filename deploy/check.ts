/** `npm run check`: types, lint, format, boundaries, unused code. Prints one line for each. */
import { fileURLToPath } from 'node:url';
import { checks } from './check/checks.ts';
import type { Outcome } from './check/tool.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Prints the line of one check, and what it found wrong. */
async function report(name: string, check: () => Promise<Outcome>): Promise<boolean> {
  const start = performance.now();
  const { ok, output } = await check();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`check: ${name} ${ok ? 'ok' : 'FAILED'} (${seconds} s)`);
  if (!ok) console.log(output);
  return ok;
}

const results = await Promise.all(Object.entries(checks(ROOT)).map(([name, check]) => report(name, check)));
process.exitCode = results.every(Boolean) ? 0 : 1;

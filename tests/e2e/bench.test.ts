import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const BENCH = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));

it('the benchmark measures figures beside their floors, over both edges', { timeout: 60_000 }, async () => {
  const args = [BENCH, '--quick', '--json', '--only', 'wake'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { figures, settings } = JSON.parse(stdout);
  expect(settings).toMatchObject({ LOOP_GUARD_PER_MINUTE: '1000000' });
  const figure = { name: 'post to wake of a parked sync', unit: 'ms', samples: 30 };
  expect(figures).toMatchObject([
    { ...figure, edge: 'REST', floor: { of: 'bare route + bare insert' } },
    { ...figure, edge: 'MCP', floor: { of: 'bare MCP call + bare insert' } },
  ]);
  for (const { value, floor } of figures) expect(Math.min(value, floor.value)).toBeGreaterThan(0);
});

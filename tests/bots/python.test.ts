import { describe, expect, test } from 'vitest';
import { runPythonTests } from './support/python-tests.ts';

const image = process.env['RUNNER_IMAGE'] ?? 'mcp-multiplayer-runner:latest';
const run = await runPythonTests(image);

test('the Python tests ran to their end', () => {
  expect(run.ran, run.output.slice(-4000)).toBe(run.tests.length);
  expect(run.tests.length).toBeGreaterThan(0);
});

const modules = Map.groupBy(run.tests, ({ test: id }) => id.split('.')[0] ?? id);

describe.each([...modules])('%s', (module, tests) => {
  test.each(tests.map(({ test: id, problems }) => [sentence(id.slice(module.length + 1)), problems]))(
    '%s',
    (_name, problems) => {
      expect(problems).toEqual([]);
    },
  );
});

/** `Playing.test_out_of_turn` as `Playing: out of turn`. */
function sentence(id: string): string {
  return id.replace('.test_', ': ').replaceAll('_', ' ');
}

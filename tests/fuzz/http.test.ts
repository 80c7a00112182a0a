import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ALL_OPERATIONS, pathsOf } from '../../control-plane/src/http/operations.ts';
import { missingPythonTools, runPythonTool } from '../support/python-tools.ts';
import { startTestServer } from '../support/server.ts';
import { tally } from '../support/tally.ts';
import { tempDir } from '../support/temp-dir.ts';
import { metricsOf } from './support/metrics.ts';
import { knownChannels } from './support/channels.ts';

const HOOKS = fileURLToPath(new URL('support/facts.py', import.meta.url));
const SECONDS = process.env['TEST_LONG'] === '1' ? 600 : 20;
const SPARE_MS = 60_000;
const PHASES = ['examples', 'coverage', 'fuzzing'];
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'ignored_auth',
];

/** What is read of the report of schemathesis. */
interface Report {
  readonly seed: number;
  readonly operations: { readonly tested: number };
  readonly test_cases: { readonly generated: number; readonly errored: number };
  readonly failures: readonly unknown[];
  readonly errors: readonly unknown[];
}

it('answers whatever schemathesis makes of our OpenAPI document as the document says', {
  timeout: SECONDS * 1000 + 2 * SPARE_MS,
}, async (context) => {
  const missing = missingPythonTools();
  if (missing) return context.skip(missing);
  await using dir = await tempDir();
  await using server = await startTestServer();
  const { token, known } = await knownChannels(server.url, 6, 4);
  const report = dir.file('report.json');
  const { code, out } = await runPythonTool(
    'schemathesis',
    [
      ...['--no-color', 'run', `${server.url}/openapi.json`, '--url', server.url],
      ...['--header', `Authorization: Bearer ${token}`],
      ...['--phases', PHASES.join(','), '--checks', CHECKS.join(','), '--mode', 'all'],
      ...['--max-time', String(SECONDS), '--request-timeout', '20', '--continue-on-failure'],
      ...['--generation-database', 'none', '--warnings', 'off', '--report-json-path', report],
    ],
    {
      env: { SCHEMATHESIS_HOOKS: HOOKS, FUZZ_CHANNELS: JSON.stringify(known) },
      cwd: dir.path,
      timeoutMs: SECONDS * 1000 + SPARE_MS,
    },
  );
  const { seed, operations, test_cases, failures, errors } = await readReport(report, out);
  expect({ failures, errors, code }, `seed ${seed}\n${out}`).toEqual({ failures: [], errors: [], code: 0 });
  const routes = ALL_OPERATIONS.flatMap(pathsOf);
  expect(operations.tested).toBe(routes.length);
  const metrics = await metricsOf(server.url);
  expect(metrics.answers(undefined, 5)).toBe(0);
  // A run in which nothing was let through would say nothing of what is answered.
  expect(metrics.answers(undefined, 2)).toBeGreaterThan(20);
  expect(metrics.gauge('waiters')).toBe(0);
  tally(
    context,
    `fuzz of REST: ${test_cases.generated} requests to ${operations.tested} routes, ${metrics.answers(undefined, 2)} of them done, 0 failures of ${CHECKS.length} checks`,
  );
});

async function readReport(file: string, out: string): Promise<Report> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new Error(`schemathesis left no report:\n${out}`, { cause });
  }
}

import { describe, expect, it } from 'vitest';
import { authorize } from '../../clients/typescript/client/oauth.ts';
import { startTestServer } from '../support/server.ts';
import { tally } from '../support/tally.ts';
import { RUNS } from './support/expected.ts';
import { NOT_ASKED } from './support/not-asked.ts';
import { authorizingProxy } from './support/proxy.ts';
import { type Check, listScenarios, runSuite } from './support/suite.ts';

const notAsked = new Map(
  NOT_ASKED.flatMap(({ scenarios, said }) => scenarios.map((name) => [name, said] as const)),
);

// A skipped scenario reports itself as INFO, which is else only narration.
const isShort = ({ id, status }: Check) => status !== 'SUCCESS' && (status !== 'INFO' || /skipped/.test(id));

describe('the conformance suite of the protocol, which knows nothing of us', () => {
  it.for(RUNS)('%s against protocol %s', { timeout: 120_000 }, async (run, context) => {
    const [suite, version, expected] = run;
    await using server = await startTestServer();
    await using proxy = await authorizingProxy(server.url, await authorize(server.url, 'Conformance'));

    const results = await runSuite(suite, version, `${proxy.url}/mcp`);

    for (const [scenario, { succeed, otherwise = {} }] of Object.entries(expected)) {
      const checks = results.get(scenario) ?? [];
      const short = checks.filter(isShort);
      const found = {
        succeeded: checks.length - checks.filter(({ status }) => status !== 'SUCCESS').length,
        otherwise: short.map(({ id, status }) => `${id}: ${status}`),
      };
      expect.soft(found, scenario).toEqual({ succeeded: succeed, otherwise: Object.keys(otherwise) });
    }
    const others = [...results].filter(([scenario]) => !(scenario in expected));
    for (const [scenario, checks] of others) {
      const said = notAsked.get(scenario);
      expect.soft(said, `${scenario} is neither expected nor named as not asked`).toBeDefined();
      const short = checks.filter(isShort);
      expect.soft(short.length, `${scenario} asks something after all`).toBeGreaterThan(0);
      for (const { id, errorMessage } of short) expect.soft(errorMessage ?? '', id).toMatch(said ?? /^$/);
    }
    expect([...results.keys()].toSorted(), 'every scenario left its checks').toEqual(
      (await listScenarios(suite, version)).toSorted(),
    );
    const rows = Object.values(expected);
    const checks = rows.reduce((sum, { succeed }) => sum + succeed, 0);
    const named = rows.flatMap(({ otherwise = {} }) => Object.keys(otherwise)).length;
    tally(
      context,
      `conformance, ${suite} against ${version}: ${checks} checks in ${rows.length} scenarios succeed, ${named} checks and ${others.length} scenarios named with their reason`,
    );
  });

  it('has nothing named that it no longer has', async () => {
    const all = await Promise.all(RUNS.map(([suite, version]) => listScenarios(suite, version)));
    const known = new Set(all.flat());
    expect([...notAsked.keys()].filter((name) => !known.has(name))).toEqual([]);
  });
});

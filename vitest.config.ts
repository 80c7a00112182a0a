import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Rooms whose tests start nothing but what they hold themselves: files that a worker takes share its process. */
const SHARED = ['channels', 'http', 'identity', 'kernel', 'matrix', 'pipeline'];
/** Those among them that change what their whole process has: whom it trusts, its environment. */
const ALONE = ['tests/http/proxies/behind-proxy.test.ts', 'tests/identity/client-documents/fetch.test.ts'];

/** What takes longest, and would else be waited for alone at the end where no earlier run tells how long. */
const FIRST = ['tests/crash/crash.test.ts', 'tests/compose/stack.test.ts', 'tests/fuzz/http.test.ts'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isFirst = ({ moduleId }: TestSpecification) => FIRST.some((file) => moduleId.endsWith(file));
    return [...sorted.filter(isFirst), ...sorted.filter((file) => !isFirst(file))];
  }
}

export default defineConfig({
  test: {
    // `npm test` names the image of the tree it runs in; vitest alone takes the last one built.
    env: { RUNNER_IMAGE: process.env['RUNNER_IMAGE'] ?? 'mcp-multiplayer-runner:latest' },
    pool: 'forks',
    // More than cores: most of what takes long waits for containers, processes and time limits.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // For a machine that does much else: what has to be quick says so itself.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: SHARED.map((room) => `tests/${room}/**/*.test.ts`),
          exclude: ALONE,
          isolate: false,
          restoreMocks: true,
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: [`tests/!(${SHARED.join('|')})/**/*.test.ts`, ...ALONE] },
      },
    ],
  },
});

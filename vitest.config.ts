import { defineConfig } from 'vitest/config';

const long = process.env['TEST_LONG'] === '1';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: long ? [] : ['tests/long/**'],
    // `npm test` names the image of the tree it runs in; vitest alone takes the last one built.
    env: { RUNNER_IMAGE: process.env['RUNNER_IMAGE'] ?? 'mcp-multiplayer-runner:latest' },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});

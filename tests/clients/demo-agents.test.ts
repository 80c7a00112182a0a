import { expect, it } from 'vitest';
import { startTestServer } from '../support/server.ts';
import { runClient } from './support/cli.ts';

it('two agents propose, accept and finish a task, and it can be told again', {
  timeout: 60_000,
}, async () => {
  await using server = await startTestServer();
  for (let time = 0; time < 2; time++) {
    const { code, out, err } = await runClient('demo-agents.ts', [], { MCP_BASE_URL: server.url });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/Alpha proposes.*Beta hears.*accepts.*sends the text.*answers: a, another\..*right/s);
    expect(out.trimEnd()).toMatch(/proposed, accepted and finished, and every check holds\.$/);
    expect(out.split('\n').filter((line) => line.length > 100)).toEqual([]);
    expect(out).not.toMatch(/[{}]|mcp_at_/);
  }
});

it('says what to do when no server answers', async () => {
  const { code, err } = await runClient('demo-agents.ts', [], { MCP_BASE_URL: 'http://127.0.0.1:1' });
  expect(code).toBe(1);
  expect(err).toMatch(/UNREACHABLE: No server answers at http:\/\/127\.0\.0\.1:1 .*\n {2}Next: .*npm start/);
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startTestServer } from '../support/server.ts';
import { runClient } from './support/cli.ts';

describe('the demo', () => {
  it('tells a whole game, and a proof that anyone can repeat', { timeout: 60_000 }, async () => {
    await using server = await startTestServer();
    const { code, out, err } = await runClient('demo.ts', [], { MCP_BASE_URL: server.url });

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/Alice registers.*Bob does the same.*I guess 50\./s);
    expect(out.trimEnd()).toMatch(/(Alice|Bob) won after \d guess(es)?, and every check holds\.$/);
    const commit = /commit +([0-9a-f]{64})/.exec(out)?.[1];
    const text = /printf '%s' '(\d+:[0-9a-f]+)' \| sha256sum/.exec(out)?.[1] ?? '';
    expect(createHash('sha256').update(text).digest('hex')).toBe(commit);
    expect(out.split('\n').filter((line) => line.length > 100)).toEqual([]);
    expect(out).not.toMatch(/[{}]|rejoin_|inv_|mcp_at_/);
  });

  it('says what to do when no server answers', async () => {
    const { code, err } = await runClient('demo.ts', [], { MCP_BASE_URL: 'http://127.0.0.1:1' });
    expect(code).toBe(1);
    expect(err).toMatch(
      /UNREACHABLE: No server answers at http:\/\/127\.0\.0\.1:1 .*\n {2}Next: .*npm start/,
    );
  });
});

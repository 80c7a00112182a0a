import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ofType } from '../../clients/typescript/demo/log.ts';
import type { Message } from '../../clients/typescript/client/tools.ts';
import { TOOLS } from '../../control-plane/src/http/mcp/tools.ts';
import { proofOf } from '../e2e/support/guessing.ts';
import { missingPythonTools, runPythonTool } from '../support/python-tools.ts';
import { startTestServer } from '../support/server.ts';

const PLAY = fileURLToPath(new URL('play.py', import.meta.url));

interface Played {
  readonly protocol: string;
  readonly tools: readonly string[];
  readonly logs: readonly [readonly Message[], readonly Message[]];
}

describe('the Python library of the protocol, which is none of ours', () => {
  it.for([
    ['legacy', '2025-11-25'],
    ['auto', '2026-07-28'],
  ] as const)(
    'signs two players in and plays to the reveal in its mode %s, protocol %s',
    { timeout: 120_000 },
    async ([mode, protocol], context) => {
      const missing = missingPythonTools();
      if (missing) return context.skip(missing);
      await using server = await startTestServer();

      const ran = await runPythonTool('python', [PLAY, `${server.url}/mcp`, mode], { timeoutMs: 90_000 });

      expect(ran.code, ran.err).toBe(0);
      const played = JSON.parse(ran.out) as Played;
      expect(played.protocol).toBe(protocol);
      expect(played.tools).toEqual([...TOOLS.keys()]);
      const [log, other] = played.logs;
      expect(other).toEqual(log);
      expect(ofType(log, 'game_end')).toHaveLength(1);
      const { committed, revealed, computed } = proofOf(log);
      expect([revealed, computed]).toEqual([committed, committed]);
    },
  );
});

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HookResult } from '../../control-plane/src/sandbox/port.ts';
import { PID1_ATTACKS } from './fixtures/probe/pid1-attacks.ts';
import { NUMBERS } from './fixtures/probe/syscalls.ts';
import { containersOf, rawImage } from './support/engine.ts';
import { call, program } from './support/programs.ts';
import { startSandbox } from './support/sandbox.ts';

const BOT = readFileSync(new URL('fixtures/probe/pid1.py', import.meta.url), 'utf8');
const NUMBERS_TEXT = JSON.stringify(Object.fromEntries(NUMBERS));
/** A hook that only looks takes some ms; more than this, on a busy machine, is a PID 1 that was slowed or stopped. */
const PROMPT_MS = 1500;

describe.skipIf(process.arch !== 'x64')(
  'PID 1 of a bot’s container (x86_64 only: it goes by numbers)',
  () => {
    let sandbox: Awaited<ReturnType<typeof startSandbox>>;
    beforeAll(async () => {
      sandbox = await startSandbox({ image: await rawImage() });
    });
    afterAll(() => sandbox.close());

    test.each(PID1_ATTACKS)('is the same after: $name', { timeout: 30_000 }, async ({ python, outcomes }) => {
      const attack = `\ndef attack():\n${python.trim().replace(/^/gm, '    ')}\n`;
      const bot = program(`NR = ${NUMBERS_TEXT}\n${BOT}${attack}`, { wallMs: 10_000 });
      const before = answerOf(await sandbox.run(bot, call(['look'])));
      const container = await containersOf(sandbox.instance);
      expect(answerOf(await sandbox.run(bot, call(['attack'])))).toEqual(outcomes);
      const asked = performance.now();
      const after = answerOf(await sandbox.run(bot, call(['look'])));
      const ms = performance.now() - asked;
      expect(after).toEqual(before);
      expect(await containersOf(sandbox.instance)).toEqual(container);
      expect(ms).toBeLessThan(PROMPT_MS);
      await sandbox.release(bot.key);
    });
  },
);

function answerOf(result: HookResult): unknown {
  return result.outcome === 'ok' ? JSON.parse(result.reply).posts[0] : result;
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attack, type Findings } from './attack.ts';
import { atMost } from './at-most.ts';
import { CLEAN } from './raw-bot.ts';
import type { Row } from './row.ts';
import { openRawWorld, type World } from './world.ts';

const AT_ONCE = 3;
const LIMIT_MS = 120_000;

/** Tests of rows on one server: floods one by one, the others a few at a time. */
export function runRows(title: string, rows: readonly Row[], env: NodeJS.ProcessEnv): void {
  describe(`${title}:`, { timeout: LIMIT_MS }, () => {
    let world: World;
    const turn = atMost(AT_ONCE);
    const named = rows.map((row) => [row.name, row] as const);
    const calm = named.filter(([, row]) => !row.flood);
    const floods = named.filter(([, row]) => row.flood);
    beforeAll(async () => {
      world = await openRawWorld(env);
    });
    afterAll(async () => {
      expect(await world.stop()).toEqual([]);
    });

    describe.concurrent('a bot that', () => {
      test.each(calm)('%s', async (_name, row) => {
        expect(await turn(() => attack(world, row))).toEqual(survived(row));
      });
    });
    describe.runIf(floods.length > 0)('alone, a bot that', () => {
      test.each(floods)('%s', async (_name, row) => {
        expect(await attack(world, row)).toEqual(survived(row));
      });
    });
  });
}

const survived = ({ shows }: Row): Findings => ({ shows, next: CLEAN, complaints: [] });

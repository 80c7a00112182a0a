import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAttachments } from '../../control-plane/src/archive/attachments.ts';
import type { HeldAttachment, StoreContents } from '../../control-plane/src/archive/contents.ts';
import { MovingStream, type Step, STREAM } from './moving-stream.ts';

/** Reads a stream while it moves. @returns its cut, what that refers to but was not read, and what was read twice */
async function read(steps: readonly Step[], pace: readonly number[], settled: number) {
  let question = 0;
  const moving = new MovingStream(steps, () => pace[question++] ?? 0);
  for (let count = 0; count < settled; count++) await moving.step();
  const reading = readAttachments(moving.commits, moving.contents as StoreContents, STREAM);
  const found: HeldAttachment[] = [];
  let next = await reading.next();
  for (; !next.done; next = await reading.next()) found.push(next.value);
  const last = next.value ?? -1;
  const keys = new Set(found.map(keyOf));
  const missing = (moving.references[last] ?? []).filter((reference) => !keys.has(keyOf(reference)));
  return { last, missing, twice: found.length - keys.size };
}

function keyOf({ scope, version, hash }: HeldAttachment): string {
  return JSON.stringify([scope, version, hash]);
}

/** Mostly two bots, which set the state that they have more often than another one. */
const step = fc.tuple(
  fc.constantFrom(0, 0, 1, 1, 2),
  fc.constantFrom<Step[1]>('A', 'A', 'A', 'A', 'A', 'B', 'B', 'keep', 'attach'),
);
const pace = fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3), { minLength: 8, maxLength: 60 });

describe('a stream that is cut where its attachments fit', () => {
  it('refers to nothing that was not read, however its bots went on meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 8, maxLength: 60 }),
        pace,
        fc.integer({ min: 1, max: 12 }),
        async (steps, paces, settled) => {
          const { last, missing, twice } = await read(steps, paces, Math.min(settled, steps.length));
          expect({ missing, twice }).toEqual({ missing: [], twice: 0 });
          expect(last).toBeGreaterThanOrEqual(Math.min(settled, steps.length) - 1);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('is given up where no two reads fit each other', async () => {
    const steps = Array.from({ length: 200 }, (_, n): Step => [0, n === 0 ? 'attach' : n % 2 ? 'A' : 'B']);
    const moving = new MovingStream(steps, () => 0);
    for (let count = 0; count < 3; count++) await moving.step();
    const contents: Pick<StoreContents, 'attachments'> = {
      async attachments() {
        for (let count = 0; count < 3; count++) await moving.step();
        return [];
      },
    };
    const reading = readAttachments(moving.commits, contents as StoreContents, STREAM);
    await expect(reading.next()).rejects.toThrow('does not hold still');
  });
});

import { expect, test } from 'vitest';
import { BotMemory } from '../../control-plane/src/bots/memory.ts';
import type { RanHook } from '../../control-plane/src/bots/outcome.ts';
import type { CommitStore } from '../../control-plane/src/log/store.ts';

/** A store that only counts which attachments it is asked for. */
function countingStore(text: string) {
  const asked: string[] = [];
  const attachment = async (scope: string) => {
    asked.push(scope);
    return text;
  };
  return { asked, store: { attachment } as unknown as CommitStore };
}

const ran = (n: number, version: number) =>
  ({
    channel_id: `chn_${n}`,
    bot: { bot_id: 'bot_X_0', generation: 0, state_version: version, state_hash: 'sha256:00' },
  }) as unknown as RanHook;

test('the state that a hook set is at hand for the next', async () => {
  const { asked, store } = countingStore('{}');
  const memory = new BotMemory(store);
  memory.remember(ran(1, 0), '{"n":1}');
  expect(await memory.state(ran(1, 1))).toBe('{"n":1}');
  expect(await memory.state(ran(1, 2))).toBe('{}');
  expect(asked).toHaveLength(1);
});

test('large states of many bots do not pile up: those not used for longest are read anew', async () => {
  const { asked, store } = countingStore('{}');
  const memory = new BotMemory(store);
  const large = 'x'.repeat(1024 * 1024);
  for (let n = 0; n < 100; n++) memory.remember(ran(n, 0), large);
  expect(await memory.state(ran(99, 1))).toBe(large);
  expect(asked).toEqual([]);
  for (let n = 0; n < 60; n++) expect(await memory.state(ran(n, 1))).toBe('{}');
  expect(asked).toHaveLength(60);
});

import { describe, expect, it } from 'vitest';
import { startGame, BOT } from '../pipeline/support.ts';
import { openChannels } from '../support/channels.ts';
import { HeldHook, ok } from '../support/fake-sandbox.ts';
import { ManualClock } from '../support/manual-time.ts';
import { MemoryStore } from '../support/memory-store.ts';

const MINUTE = 60_000;
const MARK = 'hooks-done-before';

/** Two servers of one store whose clocks are apart; the second one dies when the test says so. */
function openPair(aheadMs: number) {
  const store = new MemoryStore();
  const clock = new ManualClock();
  const ahead = new ManualClock();
  ahead.forward(aheadMs);
  let alive = true;
  const one = openChannels({
    store,
    clock: ahead,
    shared: true,
    clocks: () => (alive ? [ahead.now(), clock.now()] : [ahead.now()]),
  });
  const other = openChannels({ store, clock, shared: true, clocks: () => [ahead.now(), clock.now()] });
  return {
    one,
    other,
    store,
    pass(ms: number) {
      clock.forward(ms);
      ahead.forward(ms);
    },
    dies() {
      alive = false;
    },
  };
}

describe('the mark before which no hook is left', () => {
  it.each([
    ['seconds', 20_000],
    ['minutes', 5 * MINUTE],
    ['hours', 5 * 60 * MINUTE],
  ])('passes no hook of a server whose clock is %s behind', async (_what, apart) => {
    const pair = openPair(apart);
    await using one = pair.one;
    await using other = pair.other;
    await one.workList.round();
    pair.pass(10 * MINUTE);
    await one.workList.round();
    const held = new HeldHook();
    const { channel_id, post } = await startGame(other);
    other.sandbox.script(BOT, held.script);
    await post();
    await held.started();
    pair.dies();
    pair.pass(10 * MINUTE);
    expect(await one.workList.round()).toEqual({ waiting: 1 });
    await one.settled(channel_id);
    held.end(ok());
  });

  it('is not believed where a clock that was wrong has set it ahead', async () => {
    const pair = openPair(0);
    await using one = pair.one;
    await using other = pair.other;
    const held = new HeldHook();
    const { channel_id, post } = await startGame(other);
    other.sandbox.script(BOT, held.script);
    await post();
    await held.started();
    await pair.store.putMark(MARK, String(Date.UTC(2050, 0)));
    expect(await one.workList.round()).toEqual({ waiting: 1 });
    await one.settled(channel_id);
    await one.workList.round();
    expect(Number(await pair.store.mark(MARK))).toBeLessThan(Date.UTC(2027, 0));
    held.end(ok());
  });

  it('waits for a channel with hooks to run, and moves on after it', async () => {
    const pair = openPair(0);
    await using one = pair.one;
    await using _other = pair.other;
    const held = new HeldHook();
    const { channel_id, post } = await startGame(one);
    one.sandbox.script(BOT, held.script);
    await post();
    await held.started();
    const { at } = (await one.streams.open(channel_id)).folded;
    pair.pass(60 * MINUTE);
    await one.workList.round();
    expect(Number(await pair.store.mark(MARK))).toBeLessThanOrEqual(at);
    held.end(ok());
    await one.settled(channel_id);
    await one.pipeline.stop();
    await one.workList.round();
    expect(Number(await pair.store.mark(MARK))).toBeGreaterThan(at);
  });
});

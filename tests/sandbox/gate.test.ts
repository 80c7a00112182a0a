import { expect, onTestFinished, test, vi } from 'vitest';
import { TimeLimitError } from '../../control-plane/src/kernel/within.ts';
import { Gate } from '../../control-plane/src/sandbox/containers/gate.ts';
import { Pace } from '../../control-plane/src/sandbox/containers/pace.ts';

function fakeTime(): void {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
}

test('who waits for a turn is sent away after a while, and the turn goes to the next', async () => {
  fakeTime();
  const gate = new Gate(1, 1000);
  const first = Promise.withResolvers<void>();
  const running = gate.run(() => first.promise);
  const late = gate.run(async () => 'late').catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await late).toBeInstanceOf(TimeLimitError);
  const next = gate.run(async () => 'next');
  first.resolve();
  await running;
  expect(await next).toBe('next');
  expect(gate.isOpen).toBe(true);
});

test('failures that come together count as one', async () => {
  fakeTime();
  const step = vi.fn<() => void>();
  const pace = new Pace(4, step);
  for (let lost = 0; lost < 8; lost++) pace.wentWrong();
  pace.ask();
  await vi.advanceTimersByTimeAsync(999);
  expect(step).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(step).toHaveBeenCalledOnce();
  pace.wentWrong();
  pace.ask();
  await vi.advanceTimersByTimeAsync(1999);
  expect(step).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(1);
  expect(step).toHaveBeenCalledTimes(2);
});

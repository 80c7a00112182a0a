import { setTimeout as pause } from 'node:timers/promises';
import { containersOf } from '../../tests/support/containers.ts';

const WAIT_MS = 20_000;
const LOOK_MS = 200;
const MOVING = ['starting', 'busy', 'removing'];

/**
 * Containers that the engine has and the server does not know of, while it still runs: its stop would
 * take them along. Waits until none is on its way.
 */
export async function straysOf(url: string, instance: string): Promise<number> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const known = await knownContainers(url);
    const moving = MOVING.some((state) => (known.get(state) ?? 0) > 0);
    const strays =
      (await containersOf(instance)).length - (known.get('idle') ?? 0) - (known.get('blank') ?? 0);
    if ((!moving && strays === 0) || performance.now() > deadline) return strays;
    await pause(LOOK_MS);
  }
}

async function knownContainers(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.matchAll(/^containers\{state="(\w+)"\} (\d+)$/gm);
  return new Map([...lines].map(([, state = '', count]) => [state, Number(count)]));
}

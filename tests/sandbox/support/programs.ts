import { randomUUID } from 'node:crypto';
import { sha256Label } from '../../../control-plane/src/kernel/hash.ts';
import type { BotProgram, HookCall, HookLimits } from '../../../control-plane/src/sandbox/port.ts';

const MB = 1024 * 1024;
export const LIMITS: HookLimits = { wallMs: 5000, memoryBytes: 128 * MB, processes: 32 };

/** A program with a key of its own. */
export function program(source: string, limits: Partial<HookLimits> = {}): BotProgram {
  const key = randomUUID();
  const env = {};
  return {
    key,
    source,
    codeHash: sha256Label(source),
    params: {},
    env,
    limits: { ...LIMITS, ...limits },
    network: 'off',
    group: key,
  };
}

/** A call of `on_message` with these arguments. */
export function call(args: HookCall['args'] = [], more: Partial<HookCall> = {}): HookCall {
  const fixed = {
    hook: 'on_message',
    state: null,
    stateVersion: 0,
    players: [],
    nowMs: 0,
    seed: '0'.repeat(64),
  };
  return { ...fixed, hook: 'on_message', args, ...more };
}

import type { Preset } from '../bots/presets.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { Streams } from '../log/streams.ts';
import type { HookLimits, Sandbox } from '../sandbox/port.ts';
import type { SeatCodes } from './codes.ts';
import type { Usage } from './quota/usage.ts';
import type { ChannelState, LoopGuard } from './state.ts';

/** What the channel services need from around them. */
export interface ChannelDeps {
  readonly streams: Streams<ChannelState>;
  readonly sandbox: Sandbox;
  readonly presets: ReadonlyMap<string, Preset>;
  readonly codes: SeatCodes;
  readonly limits: HookLimits;
  /** What new channels allow a seat. */
  readonly loopGuard: LoopGuard;
  /** Holds accounts to what they may have. */
  readonly usage: Usage;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Of the server, as health_check tells it. */
  readonly version: string;
}

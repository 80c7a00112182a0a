import type { Quota } from '../channels/quota/usage.ts';
import type { Config } from '../config/config.ts';
import { Budgets } from '../limits/budgets.ts';

/** The budgets that the settings give each account and each address. */
export function budgetsOf(config: Config): Budgets {
  return new Budgets({
    reads: config.readsPerMinute,
    writes: config.writesPerMinute,
    creations: config.creationsPerMinute,
    agents: config.agentPerSecond * 60,
    strangers: config.strangersPerMinute,
    registrations: config.registrationsPerMinute,
  });
}

/** What the settings let each account hold. */
export function quotaOf(config: Config): Quota {
  return {
    channels: config.quotaChannels,
    bots: config.quotaBots,
    bytes: config.quotaStoredMb * 2 ** 20,
  };
}

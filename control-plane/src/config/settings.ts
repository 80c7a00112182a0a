import type { Setting } from './fields.ts';
import { LIMITS } from './limits.ts';
import { LAUNCHER } from './launcher.ts';
import { SERVER } from './server.ts';
import { PEOPLE } from './people.ts';
import { BOTH } from './shared.ts';
import { STORE } from './store.ts';
import { TRANSPORT } from './transport.ts';

export type SettingUse = 'server' | 'launcher' | 'both';

/** Every setting there is, with the processes that read it. README's table is checked against this one. */
export const SETTINGS: readonly (Setting<unknown> & { readonly for: SettingUse })[] = [
  ...Object.values<Setting<unknown>>(SERVER).map((row) => ({ ...row, for: 'server' as const })),
  ...Object.values<Setting<unknown>>(LIMITS).map((row) => ({ ...row, for: 'server' as const })),
  ...Object.values<Setting<unknown>>(TRANSPORT).map((row) => ({ ...row, for: 'server' as const })),
  ...Object.values<Setting<unknown>>(PEOPLE).map((row) => ({ ...row, for: 'server' as const })),
  ...Object.values<Setting<unknown>>(STORE).map((row) => ({ ...row, for: 'server' as const })),
  ...Object.values<Setting<unknown>>(LAUNCHER).map((row) => ({ ...row, for: 'launcher' as const })),
  ...Object.values<Setting<unknown>>(BOTH).map((row) => ({ ...row, for: 'both' as const })),
];

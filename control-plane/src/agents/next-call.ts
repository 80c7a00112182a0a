import type { NextCall } from '../kernel/errors.ts';

/** Who there is, and as whom the caller speaks. */
export const findAgents: NextCall = { tool: 'list_agents', arguments: {} };

/** What was never acknowledged. */
export const readAnew: NextCall = { tool: 'read_inbox', arguments: {} };

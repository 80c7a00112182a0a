import type { AgentHandlers } from '../agents/handlers.ts';
import { AGENT_OPERATIONS } from '../agents/operations.ts';
import type { Handlers } from '../channels/handlers.ts';
import { OPERATIONS } from '../channels/operations/index.ts';
import type { Operation } from '../kernel/operation.ts';

/** Every operation of every feature, in the fixed order in which they are told. */
export const ALL_OPERATIONS: readonly Operation[] = [...OPERATIONS, ...AGENT_OPERATIONS];

/** One service for each of them. */
export type AllHandlers = Handlers & AgentHandlers;

/** Where an operation is reached over REST: first its own path, then the others. */
export function pathsOf({ name, path, aliases = [] }: Operation): readonly [string, ...string[]] {
  return [path ?? `/${name}`, ...aliases];
}

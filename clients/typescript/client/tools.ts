import type { z } from 'zod';
import type { OPERATIONS } from '../../../control-plane/src/channels/operations/index.ts';

/** The server's operations, as types only: a client shares nothing with the server but its interface. */
type Operations = { [O in (typeof OPERATIONS)[number] as O['name']]: O };

export type ToolName = keyof Operations;
export type Arguments<Name extends ToolName> = z.input<Operations[Name]['input']>;
export type Answer<Name extends ToolName> = z.output<Operations[Name]['output']>;

export type Message = Answer<'sync_messages'>['messages'][number];

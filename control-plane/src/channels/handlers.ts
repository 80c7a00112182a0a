import type { Caller } from '../identity/caller.ts';
import type { CallContext, InputOf, OutputOf } from '../kernel/operation.ts';
import type { OPERATIONS } from './operations/index.ts';

type Operations = { [O in (typeof OPERATIONS)[number] as O['name']]: O };

/** The service behind one operation. Throws CodedError; everything else thrown is INTERNAL. */
export type Handler<O extends Operations[keyof Operations]> = (
  caller: O extends { readonly open: true } ? undefined : Caller,
  input: InputOf<O>,
  context: CallContext,
) => Promise<OutputOf<O>>;

/** One service for each operation: what the edges call and nothing else. */
export type Handlers = { readonly [Name in keyof Operations]: Handler<Operations[Name]> };

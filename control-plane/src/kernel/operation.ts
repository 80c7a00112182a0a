import type { z } from 'zod';
import type { Taken } from './taken.ts';

/** What a model is told about a call's effects (MCP 2025-06-18, ToolAnnotations). */
export interface OperationHints {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/**
 * One operation of the interface, told once: the MCP tool, the REST route, its OpenAPI and the
 * TypeScript types all come from here.
 */
export interface Operation<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> {
  /** Tool name; the REST path is `/` + name, unless `path` says another. */
  readonly name: string;
  readonly path?: string;
  /** False for what is no tool of MCP. */
  readonly tool?: false;
  readonly title: string;
  readonly description: string;
  readonly method: 'GET' | 'POST';
  /** Other REST paths of the same call. */
  readonly aliases?: readonly string[];
  readonly input: Input;
  readonly output: Output;
  readonly hints: OperationHints;
  /** True when it needs no token; `optional` when it makes do without one in open mode. */
  readonly open?: true | 'optional';
}

/** Types an operation by its own schemas and name. */
export function operation<const Definition extends Operation>(definition: Definition): Definition {
  return definition;
}

export type InputOf<O extends Operation> = z.output<O['input']>;
export type OutputOf<O extends Operation> = z.output<O['output']>;

export const READ: OperationHints = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: true,
};
export const WRITE: OperationHints = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: false,
  openWorldHint: true,
};
export const DESTRUCTIVE: OperationHints = { ...WRITE, destructiveHint: true };

/** What an edge gives along with a call. */
export interface CallContext {
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
  /** Told what is left of a rate that the call was counted against, beside the caller's own. */
  readonly counted?: (taken: Taken) => void;
  /** Told every 10 s of a parked call, with the ms waited so far and in all. */
  readonly progress?: (waitedMs: number, totalMs: number) => void;
}

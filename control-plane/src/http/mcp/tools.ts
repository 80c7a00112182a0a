import type { Tool } from '@modelcontextprotocol/server';
import { isJsonObject, type JsonObject } from '../../kernel/json/value.ts';
import type { Operation } from '../../kernel/operation.ts';
import { compactAnswer, compactInput } from './compact.ts';
import { ALL_OPERATIONS } from '../operations.ts';
import { inputSchema, type JsonSchema, outputSchema } from '../schema.ts';

/** What every error has; models read the whole list, so it is told in short (all of it: doc://messages). */
const ERROR = {
  type: 'object',
  properties: {
    code: { type: 'string' },
    message: { type: 'string' },
    next: { type: 'string' },
    next_call: { type: 'object' },
  },
  required: ['code', 'message', 'next'],
};

/** The operation behind a tool name. */
export const TOOLS: ReadonlyMap<string, Operation> = new Map(
  ALL_OPERATIONS.filter(({ tool }) => tool !== false).map((operation) => [operation.name, operation]),
);

/** The operation that a message calls; undefined for one that calls no tool of ours. */
export function toolOf({ method, params }: JsonObject): Operation | undefined {
  const name = method === 'tools/call' && isJsonObject(params) ? params['name'] : undefined;
  return typeof name === 'string' ? TOOLS.get(name) : undefined;
}

/** The answer to tools/list, the same for every caller and made once. */
export const TOOL_LIST: readonly Tool[] = [...TOOLS.values()].map(describe);

function describe(operation: Operation): Tool {
  const { name, title, description, hints } = operation;
  return {
    name,
    title,
    description,
    inputSchema: compactInput(inputSchema(operation)) as Tool['inputSchema'],
    outputSchema: answerSchema(outputSchema(operation)) as NonNullable<Tool['outputSchema']>,
    annotations: { title, ...hints },
  };
}

/** Clients check the structured content of failures against the output schema too, so it allows both. */
function answerSchema(success: JsonSchema): JsonSchema {
  const shown = compactAnswer(success);
  return { ...shown, properties: { ...(shown['properties'] as JsonSchema), error: ERROR } };
}

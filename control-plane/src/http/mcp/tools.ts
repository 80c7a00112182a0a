import type { Tool } from '@modelcontextprotocol/server';
import { OPERATIONS } from '../../channels/operations/index.ts';
import type { Operation } from '../../kernel/operation.ts';
import { ERROR_SCHEMA, inputSchema, type JsonSchema, outputSchema } from '../schema.ts';

/** The operation behind a tool name. */
export const TOOLS: ReadonlyMap<string, Operation> = new Map(
  (OPERATIONS as readonly Operation[]).map((operation) => [operation.name, operation]),
);

/** The answer to tools/list, the same for every caller and made once. */
export const TOOL_LIST: readonly Tool[] = [...TOOLS.values()].map(describe);

function describe(operation: Operation): Tool {
  const { name, title, description, hints } = operation;
  return {
    name,
    title,
    description,
    inputSchema: inputSchema(operation) as Tool['inputSchema'],
    outputSchema: answerSchema(outputSchema(operation)) as NonNullable<Tool['outputSchema']>,
    annotations: { title, ...hints },
  };
}

/** Clients check the structured content of failures against the output schema too, so it allows both. */
function answerSchema(success: JsonSchema): JsonSchema {
  const { properties, required } = success as { properties: JsonSchema; required?: readonly string[] };
  return {
    type: 'object',
    properties: { ...properties, error: ERROR_SCHEMA },
    anyOf: [{ required: required ?? [] }, { required: ['error'] }],
  };
}

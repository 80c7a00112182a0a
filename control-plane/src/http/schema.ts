import { z } from 'zod';
import type { Operation } from '../kernel/operation.ts';

/** A JSON Schema (2020-12) as plain data. */
export type JsonSchema = { readonly [key: string]: unknown };

/** The schema of what a caller sends: defaults are optional. */
export function inputSchema(operation: Operation): JsonSchema {
  return toSchema(operation.input);
}

/** The schema of a good answer. Open: answers may gain fields. */
export function outputSchema(operation: Operation): JsonSchema {
  return toSchema(operation.output);
}

/** The error object of every edge (kernel/errors.ts, ErrorAnswer). */
export const ERROR_SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    code: { type: 'string', description: 'Stable; see docs/errors.md' },
    message: { type: 'string' },
    next: { type: 'string', description: 'The call or step to take' },
    field: { type: 'string', description: 'Dotted path of what is wrong' },
    line: { type: 'integer', description: 'Line in the bot code' },
    retry_after_s: { type: 'number' },
    limit_bytes: { type: 'integer' },
    presets: { type: 'array', items: { type: 'string' } },
    scope: { type: 'string' },
    request_id: { type: 'string' },
    seats: { type: 'array', items: { type: 'string' }, description: 'Slots that your account sits in' },
    next_call: {
      type: 'object',
      properties: { tool: { type: 'string' }, arguments: { type: 'object' } },
      required: ['tool', 'arguments'],
      description: 'The call that `next` speaks of, to be made as it stands',
    },
  },
  required: ['code', 'message', 'next'],
};

// `io: 'input'` leaves objects open where zod strips unknown keys and closed where it refuses them.
function toSchema(schema: z.ZodObject): JsonSchema {
  const known = MADE.get(schema);
  if (known) return known;
  const { $schema, ...made } = z.toJSONSchema(schema, { io: 'input', override: respell });
  MADE.set(schema, made);
  return made;
}

const MADE = new WeakMap<z.ZodObject, JsonSchema>();

/** Spells a schema shorter, and in the way that the most clients read; it means the same. */
function respell({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void {
  const { type, additionalProperties } = jsonSchema;
  // Every JSON key is a string, and no integer passes the parser beyond 2^53-1.
  delete jsonSchema['propertyNames'];
  if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum'];
  if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum'];
  if (Array.isArray(type)) {
    delete jsonSchema['type'];
    jsonSchema['anyOf'] = type.map((one: string) => ({ type: one }));
  }
  const open = typeof additionalProperties === 'object' && additionalProperties !== null;
  if (open && Object.keys(additionalProperties).length === 0) jsonSchema['additionalProperties'] = true;
}

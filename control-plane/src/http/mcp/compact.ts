import type { JsonSchema } from '../schema.ts';

/**
 * A schema as the list of tools shows it. Every model of every session pays for that list, so it tells names,
 * types, choices and defaults; lengths and patterns are told by the error of the call that breaks them, and
 * in full by the OpenAPI document. What the server takes is within what the list shows.
 */
export function compactInput(schema: JsonSchema): JsonSchema {
  return { ...compact(schema), additionalProperties: false };
}

/** The fields of a good answer with their types; of what lies deeper, only that it is an object or a list. */
export function compactAnswer(schema: JsonSchema): JsonSchema {
  return { type: 'object', properties: mapValues(propertiesOf(schema), shallow) };
}

/** Bounds that cost more tokens than they save calls. */
const BOUNDS: ReadonlySet<string> = new Set(['minLength', 'maxLength', 'pattern', 'minItems', 'maxItems']);

function compact(schema: JsonSchema): JsonSchema {
  const branches = schema['oneOf'];
  if (Array.isArray(branches)) return oneObject(branches);
  const kept = Object.entries(schema).filter(([key]) => !BOUNDS.has(key) && key !== 'additionalProperties');
  return Object.fromEntries(kept.map(([key, value]) => [key, compactValue(key, value)]));
}

function compactValue(key: string, value: unknown): unknown {
  if (key === 'properties') return mapValues(value as Record<string, JsonSchema>, compact);
  if (key === 'items') return compact(value as JsonSchema);
  return key === 'anyOf' ? (value as JsonSchema[]).map(compact) : value;
}

/** Objects told apart by their `type`, as one: its types with the fields of each, and every field once. */
function oneObject(branches: readonly JsonSchema[]): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const branch of branches) {
    for (const [name, field] of Object.entries(propertiesOf(branch))) properties[name] ??= compact(field);
  }
  properties['type'] = {
    type: 'string',
    enum: branches.map(typeOf),
    description: branches.map(usage).join('; '),
  };
  return { type: 'object', properties, required: ['type'] };
}

const typeOf = (branch: JsonSchema): unknown => propertiesOf(branch)['type']?.['const'];

/** `set_admin(slot_id, admin)`; what may be left out has a question mark. */
function usage(branch: JsonSchema): string {
  const required = branch['required'] as readonly string[];
  const fields = Object.keys(propertiesOf(branch)).filter((name) => name !== 'type');
  const told = fields.map((name) => (required.includes(name) ? name : `${name}?`));
  return `${String(typeOf(branch))}(${told.join(', ')})`;
}

/** What a field of an answer is, without what lies within. */
function shallow(field: JsonSchema): JsonSchema {
  const { properties: _properties, required: _required, items: _items, ...shown } = compact(field);
  return shown;
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return schema['properties'] as Record<string, JsonSchema>;
}

function mapValues<T>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => JsonSchema,
): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

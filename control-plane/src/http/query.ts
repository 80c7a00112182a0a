import type { Json, JsonObject } from '../kernel/json/value.ts';
import type { Operation } from '../kernel/operation.ts';
import { inputSchema, type JsonSchema } from './schema.ts';

type Convert = (text: string) => Json;

/** A text that is not of the wanted form stays text, and validation refuses it by its field. */
const CONVERTERS: Record<string, Convert> = {
  integer: (text) => (/^-?\d{1,16}$/.test(text) ? Number(text) || 0 : text),
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : text),
};

/**
 * Reads an operation's input from a parsed query string, by the types of its schema. A parameter that
 * is given twice stays a list, which no field of a GET operation takes.
 */
export function queryReader(operation: Operation): (query: Readonly<Record<string, Json>>) => JsonObject {
  const converters = new Map<string, Convert>();
  const properties = inputSchema(operation)['properties'] as Record<string, JsonSchema>;
  for (const [name, { type }] of Object.entries(properties)) {
    const convert = CONVERTERS[String(type)];
    if (convert) converters.set(name, convert);
  }
  return (query) =>
    Object.fromEntries(
      Object.entries(query).map(([name, value]) => {
        const convert = converters.get(name);
        return [name, convert && typeof value === 'string' ? convert(value) : value];
      }),
    );
}

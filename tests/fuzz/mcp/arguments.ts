import type { SeededRandom } from '../../../bench/mix/random.ts';
import { TOOLS } from '../../../control-plane/src/http/mcp/tools.ts';
import { inputSchema, type JsonSchema } from '../../../control-plane/src/http/schema.ts';
import type { KnownChannel } from '../support/channels.ts';
import { anyText, anyValue } from './values.ts';

/** Most calls wait for this at most; some park until the client hangs up. */
const SHORT_MS = 20;
const LONG_MS = 30_000;
const SCHEMAS = new Map([...TOOLS].map(([name, operation]) => [name, inputSchema(operation)]));

export const TOOL_NAMES: readonly string[] = [...SCHEMAS.keys()];

/** Arguments of a tool that its schema mostly allows, about a channel that mostly exists. */
export function argumentsFor(
  random: SeededRandom,
  tool: string,
  channels: readonly KnownChannel[],
): Record<string, unknown> {
  const schema = SCHEMAS.get(tool) ?? {};
  const required = (schema['required'] ?? []) as readonly string[];
  const channel = random.pick(channels);
  const given: Record<string, unknown> = {};
  for (const [name, property] of Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>)) {
    const wait = name === 'timeout_ms' || name === 'wait_ms';
    if (!wait && !required.includes(name) && random.next() < 0.6) continue;
    if (wait) given[name] = random.next() < 0.1 ? LONG_MS : random.below(SHORT_MS);
    else if (name in channel && random.next() < 0.8) given[name] = channel[name];
    else given[name] = ofSchema(random, property);
  }
  return given;
}

/** A value that a schema allows, as far as it is read here; anything now and then. */
function ofSchema(random: SeededRandom, schema: JsonSchema): unknown {
  if (random.next() < 0.05) return anyValue(random);
  const options = (schema['anyOf'] ?? schema['oneOf']) as readonly JsonSchema[] | undefined;
  if (options) return ofSchema(random, random.pick(options));
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return random.pick(schema['enum'] as unknown[]);
  switch (schema['type']) {
    case 'integer':
    case 'number':
      return Number(schema['minimum'] ?? 0) + random.below(5);
    case 'boolean':
      return random.next() < 0.5;
    case 'array':
      return Array.from({ length: 1 + random.below(3) }, () =>
        ofSchema(random, (schema['items'] ?? {}) as JsonSchema),
      );
    case 'object':
      return objectOf(random, schema);
    case 'string':
      return anyText(random).slice(0, Number(schema['maxLength'] ?? 200));
    default:
      return anyValue(random);
  }
}

function objectOf(random: SeededRandom, schema: JsonSchema): unknown {
  const properties = schema['properties'] as Record<string, JsonSchema> | undefined;
  if (!properties) return { [anyText(random)]: anyValue(random) };
  const required = (schema['required'] ?? []) as readonly string[];
  const kept = Object.entries(properties).filter(([name]) => required.includes(name) || random.next() < 0.3);
  return Object.fromEntries(kept.map(([name, property]) => [name, ofSchema(random, property)]));
}

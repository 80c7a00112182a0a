import { describe, expect, it } from 'vitest';
import { ALL_OPERATIONS } from '../../control-plane/src/http/operations.ts';
import { inputSchema, outputSchema } from '../../control-plane/src/http/schema.ts';

interface Def {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Every zod definition below a schema, with its depth. */
function* definitions(
  schema: unknown,
  depth = 0,
  seen = new Set<unknown>(),
): Generator<{ def: Def; depth: number }> {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return;
  seen.add(schema);
  const def = (schema as { _zod?: { def: Def } })._zod?.def;
  if (def) yield { def, depth };
  for (const child of Object.values(def ?? schema)) yield* definitions(child, depth + 1, seen);
}

describe.each(ALL_OPERATIONS)('the input schema of $name', (operation) => {
  const fields = Object.values(operation.input.shape);

  it('leaves values as they come, since validation puts them back verbatim', () => {
    const changing = new Set(['transform', 'pipe', 'prefault', 'catch', 'codec', 'date', 'default']);
    for (const field of fields) {
      for (const { def, depth } of definitions(field)) {
        const atTop = def.type === 'default' && depth === 0;
        expect(changing.has(def.type) && !atTop, `${def.type} at depth ${depth}`).toBe(false);
      }
    }
  });

  it('knows no number but integers, as the sentences of the validation say', () => {
    const numbers = fields.flatMap((field) =>
      [...definitions(field)].filter(({ def }) => def.type === 'number'),
    );
    for (const { def } of numbers) expect(def['format']).toBe('safeint');
  });

  it('refuses unknown fields, and says so in its JSON Schema', () => {
    expect(inputSchema(operation)).toMatchObject({ type: 'object', additionalProperties: false });
    expect(operation.input.safeParse({ unknown: 1 }).success).toBe(false);
  });

  it('has an answer that may gain fields', () => {
    expect(outputSchema(operation)).toMatchObject({ type: 'object' });
    expect(outputSchema(operation)).not.toHaveProperty('additionalProperties');
  });
});

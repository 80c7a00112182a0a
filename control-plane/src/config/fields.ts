import { z } from 'zod';

/** One setting: an environment variable, its default as it would be written there, and what it means. */
export interface Setting<T> {
  readonly env: string;
  readonly default: string;
  readonly unit: string;
  readonly meaning: string;
  readonly schema: z.ZodType<T, string>;
  /** A secret may be given by a file instead, which NAME_FILE names, and is never shown. */
  readonly secret: boolean;
}

export type Table = Record<string, Setting<unknown>>;

export const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, `must be an integer from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be an integer from ${min} to ${max}`);
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
export const text = z.string().min(1);
export const list = z.string().transform((value) => value.split(',').flatMap((item) => item.trim() || []));
export const optional = <T>(schema: z.ZodType<T, string>) =>
  z.string().transform((value, context): T | undefined => {
    if (value === '') return undefined;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: parsed.error.issues[0]?.message ?? 'is not valid' });
    return z.NEVER;
  });

export const origin = z.string().transform((value, context) => {
  const url = URL.parse(value);
  const plain = url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.hash;
  if (plain && !url.username) return url.origin;
  context.addIssue({ code: 'custom', message: 'must be an http or https URL without a path' });
  return z.NEVER;
});

/** Types one row of the table by its schema. */
export function setting<T>(
  env: string,
  fallback: string,
  schema: z.ZodType<T, string>,
  meaning: string,
  unit = '',
): Setting<T> {
  return { env, default: fallback, unit, meaning, schema, secret: false };
}

/** A row whose value is a secret. It is unset by default. */
export function secret<T>(
  env: string,
  schema: z.ZodType<T, string>,
  meaning: string,
): Setting<T | undefined> {
  return { env, default: '', unit: '', meaning, schema: optional(schema), secret: true };
}

import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import type { Setting, Table } from './fields.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The values of a table of settings, each as its schema reads it. */
export type Values<T extends Table> = { readonly [K in keyof T]: z.output<T[K]['schema']> };

/** What is wrong with the environment, one line for each setting. */
export class ConfigError extends Error {
  readonly lines: readonly string[];
  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'ConfigError';
    this.lines = lines;
  }
}

/**
 * Reads a table of settings from the environment; an empty value counts as unset. A secret may stand in
 * a file instead, as container engines hand secrets over: `NAME_FILE` names it.
 *
 * @throws {ConfigError} that names every setting that is wrong; it never quotes a value.
 */
export function readTable<T extends Table>(table: T, env: Environment): Values<T> {
  const lines: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, row] of Object.entries<Setting<unknown>>(table)) {
    const given = givenValue(row, env);
    if ('trouble' in given) lines.push(given.trouble);
    else {
      const parsed = row.schema.safeParse(given.text || row.default);
      if (parsed.success) values[key] = parsed.data;
      else lines.push(`${row.env} ${sentence(parsed.error)}.`);
    }
  }
  if (lines.length > 0) throw new ConfigError(lines);
  return values as Values<T>;
}

type Given = { readonly text: string | undefined } | { readonly trouble: string };

function givenValue({ env: name, secret }: Setting<unknown>, env: Environment): Given {
  const text = env[name];
  const path = secret ? env[`${name}_FILE`] : undefined;
  if (!path) return { text };
  if (text) return { trouble: `${name} and ${name}_FILE are both set: one of them, please.` };
  try {
    return { text: readFileSync(path, 'utf8').trim() };
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { trouble: `${name}_FILE ${path} cannot be read (${reason}).` };
  }
}

function sentence(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue?.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  return issue?.message ?? 'is not valid';
}

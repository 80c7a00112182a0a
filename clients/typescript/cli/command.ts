import type { ParseArgsOptionsConfig } from 'node:util';
import type { Account } from './account.ts';

/** An option of a command, with what its help says. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** Placeholder of its value. */
  readonly value?: string;
  readonly help: string;
}

/** What stood on the command line. */
export interface Input {
  /** The command's arguments, in order; an optional one may be missing. */
  readonly args: readonly string[];
  text(option: string): string | undefined;
  texts(option: string): readonly string[];
  flag(option: string): boolean;
  /** A whole number of at least 0. @throws {UsageError} */
  count(option: string): number | undefined;
}

/** What a command found out: for machines, and for people. */
export interface Outcome {
  readonly answer: unknown;
  readonly text: string;
  /** True where the command ran, and found that something is not as it should be. */
  readonly failed?: boolean;
}

/** One command of the command line. Its outcomes come one by one: `sync --follow` has many. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Names of its arguments; `[name]` is optional. */
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
  readonly example: string;
  run(account: Account, input: Input): AsyncIterable<Outcome>;
}

/** The command line itself is wrong; the exit code is 2. */
export class UsageError extends Error {}

/** Options of every command. */
export const COMMON: Readonly<Record<string, Option>> = {
  json: { type: 'boolean', help: 'print the answer as JSON, one line for each' },
  help: { type: 'boolean', help: 'print this' },
};

/** Options that name the seat which speaks. */
export const SEAT: Readonly<Record<string, Option>> = {
  as: { type: 'string', value: 'slot', help: 'speak as this seat of yours (default: the one taken last)' },
  seat: { type: 'string', value: 'handle', help: 'speak with this rejoin token' },
};

export const IDEMPOTENCY: Readonly<Record<string, Option>> = {
  key: { type: 'string', value: 'key', help: 'idempotency key: a repeated call takes effect once' },
};

/** A command's options as node:util parses them. */
export function parseOptions(command: Command): ParseArgsOptionsConfig {
  const all = Object.entries({ ...command.options, ...COMMON });
  return Object.fromEntries(
    all.map(([name, { type, multiple }]) => [name, { type, multiple: multiple ?? false }]),
  );
}

/** The fields that `SEAT` and `IDEMPOTENCY` stand for. */
export async function seatFields(account: Account, input: Input, channelId: string) {
  const seat = input.text('seat') ?? (await account.seat(channelId, input.text('as')));
  return seat === undefined ? {} : { seat };
}

export function keyField(input: Input) {
  const key = input.text('key');
  return key === undefined ? {} : { idempotency_key: key };
}

/** Leaves out what was not given: the server takes absent fields, not undefined ones. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** JSON of an option. @throws {UsageError} */
export function jsonOption(input: Input, option: string): Record<string, unknown> | undefined {
  const text = input.text(option);
  return text === undefined ? undefined : jsonObject(text, `--${option}`);
}

/** @throws {UsageError} */
export function jsonObject(text: string, where: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as never;
  } catch {
    // Said below.
  }
  throw new UsageError(`${where} must be a JSON object.`);
}

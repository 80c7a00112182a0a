import { CodedError } from '../kernel/errors.ts';
import { isJsonObject, type Json } from '../kernel/json/value.ts';
import type { InputOf, Operation } from '../kernel/operation.ts';
import { describeIssue } from './issues.ts';

/**
 * Checks an input against an operation's schema and fills in defaults. Every edge validates here, so the
 * same wrong input gives the same code and field on all of them.
 *
 * @throws {CodedError} BAD_OP for a wrong op of update_channel, else INVALID_REQUEST, each with `field`.
 */
export function validate<O extends Operation>(operation: O, given: Json | undefined): InputOf<O> {
  const input = withoutNulls(operation, given);
  const parsed = operation.input.safeParse(input);
  if (parsed.success) return verbatim(parsed.data, input) as InputOf<O>;
  const issue = parsed.error.issues[0];
  if (!issue) throw new CodedError('INVALID_REQUEST');
  const fault = describeIssue(issue, input);
  const badOp = operation.name === 'update_channel' && /^ops\.\d/.test(fault.field ?? '');
  throw new CodedError(badOp ? 'BAD_OP' : 'INVALID_REQUEST', { ...fault });
}

/**
 * Puts the values back as they came: zod rebuilds objects and loses a `__proto__` key on the way.
 * Right as long as no schema transforms a value or has defaults below its first level, which a test checks.
 */
function verbatim(parsed: Record<string, unknown>, input: Json | undefined): Record<string, unknown> {
  if (!isJsonObject(input)) return parsed;
  for (const key of Object.keys(input)) parsed[key] = input[key];
  return parsed;
}

/** Models and Python clients write null for an optional field that they do not use: it counts as not given. */
function withoutNulls(operation: Operation, input: Json | undefined): Json | undefined {
  if (!isJsonObject(input) || !Object.values(input).includes(null)) return input;
  const unused = ([key, value]: [string, Json]) =>
    value === null &&
    Object.hasOwn(operation.input.shape, key) &&
    operation.input.shape[key].safeParse(undefined).success;
  return Object.fromEntries(Object.entries(input).filter((entry) => !unused(entry)));
}

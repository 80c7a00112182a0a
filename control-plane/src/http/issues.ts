import type { z } from 'zod';
import type { Json } from '../kernel/json/value.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What is wrong with an input: a dotted path, and a sentence that never quotes the value. */
export interface Fault {
  /** `ops.0.slot_id`; absent when the input as a whole is wrong. */
  readonly field?: string;
  readonly message: string;
}

const NOUNS: Record<string, string> = {
  string: 'a string',
  // Every number of the interface is an integer.
  number: 'an integer',
  int: 'an integer',
  boolean: 'true or false',
  array: 'a list',
  object: 'a JSON object',
  record: 'a JSON object',
};

/** Tells the first of zod's issues in our own words. */
export function describeIssue(issue: Issue, input: Json | undefined): Fault {
  const { path, sentence } = explain(issue, input);
  const field = path.map(segment).join('.');
  if (field === '') return { message: `The input ${sentence}.` };
  return { field, message: `${field} ${sentence}.` };
}

/** Keys that the caller made up are shown only where they look like names. */
function segment(key: PropertyKey): string {
  const name = String(key);
  return /^[A-Za-z0-9_-]{1,64}$/.test(name) && name !== '__proto__' ? name : '*';
}

function explain(issue: Issue, input: Json | undefined): { path: Path; sentence: string } {
  if (issue.code === 'unrecognized_keys') {
    return { path: [...issue.path, issue.keys[0] ?? '*'], sentence: 'is not a field of this call' };
  }
  if (issue.code === 'invalid_union') {
    const inner = deepest(issue);
    if (inner) return explain({ ...inner, path: [...issue.path, ...inner.path] }, input);
  }
  if (missing(issue.path, input)) return { path: issue.path, sentence: 'is required' };
  return { path: issue.path, sentence: sentenceOf(issue) };
}

/** Of a union's branches, the one that the value was meant for: its own fault says more. */
function deepest(union: Extract<Issue, { code: 'invalid_union' }>): Issue | undefined {
  const firsts = union.errors.flatMap((branch) => branch[0] ?? []);
  return firsts.find((issue) => issue.path.length > 0 || !isKindMismatch(issue));
}

function isKindMismatch(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union';
}

function missing(path: Path, input: Json | undefined): boolean {
  let value: unknown = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return true;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value === undefined;
}

function sentenceOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${noun(issue.expected)}`;
    case 'invalid_value':
      return `must be one of: ${issue.values.join(', ')}`;
    case 'too_small':
      return `must ${measure(issue.origin)} at least ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `must ${measure(issue.origin)} at most ${issue.maximum}${unit(issue.origin)}`;
    case 'invalid_union':
      return unionSentence(issue);
    case 'custom':
    case 'invalid_format':
      return issue.message.startsWith('must ') ? issue.message : 'is not of the right form';
    default:
      return 'is not valid';
  }
}

function unionSentence(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  if ('options' in issue && Array.isArray(issue.options))
    return `must be one of: ${issue.options.join(', ')}`;
  const wanted = issue.errors.flatMap((branch) => {
    const first = branch[0];
    if (first?.code === 'invalid_type') return noun(first.expected);
    return first?.code === 'invalid_value' ? first.values.join(', ') : [];
  });
  return `must be ${wanted.join(' or ')}`;
}

const noun = (kind: string) => NOUNS[kind] ?? 'of another type';
const measure = (origin: string) => (origin === 'number' || origin === 'int' ? 'be' : 'have');
const unit = (origin: string) => (origin === 'string' ? ' characters' : origin === 'array' ? ' items' : '');

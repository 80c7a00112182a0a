import { isJsonObject, type Json } from '../kernel/json/value.ts';
import { OAuthRefusal } from './refusal.ts';

/** The parameters of an OAuth request. Those without a value count as absent (RFC 6749 section 3.1). */
export interface Parameters {
  readonly values: ReadonlyMap<string, string>;
  /** Names that came more than once, which RFC 6749 section 3.1 forbids. */
  readonly repeated: ReadonlySet<string>;
}

/** Reads `application/x-www-form-urlencoded` text: a query or a body. */
export function parseForm(text: string): Parameters {
  const values = new Map<string, string>();
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (seen.has(name)) repeated.add(name);
    seen.add(name);
    if (value !== '') values.set(name, value);
  }
  return { values, repeated };
}

/** Reads a flat JSON object of strings, which some scripts send where the standard has a form. */
export function parametersOf(body: Json | undefined): Parameters {
  if (!isJsonObject(body)) throw new OAuthRefusal('invalid_request', 'The body is not a form.');
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(body)) {
    if (typeof value !== 'string') {
      throw new OAuthRefusal('invalid_request', 'A parameter is not a string.');
    }
    if (value !== '') values.set(name, value);
  }
  return { values, repeated: new Set() };
}

/** @throws {OAuthRefusal} when any parameter came more than once. */
export function refuseRepeated(parameters: Parameters): void {
  if (parameters.repeated.size > 0) {
    throw new OAuthRefusal('invalid_request', 'A parameter is given more than once.');
  }
}

/** A value that JSON can carry (RFC 8259), as read-only data. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object, as read-only data. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** True for a JSON object: neither null nor an array. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

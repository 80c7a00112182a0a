import { isJsonObject, type Json } from '../kernel/json/value.ts';
import { parseJsonBytes } from '../kernel/json/parse.ts';

/** What a bot asks for (docs/runner-protocol.md, Connections). */
export interface Question {
  /** As the bot wrote it: untrusted. */
  readonly host: string;
  readonly port: number;
}

const MAX_QUESTION = 512;
const MAX_SHOWN = 253;

/** Reads `{"host", "port"}` and nothing else; undefined for what it is not. */
export function readQuestion(bytes: Buffer): Question | undefined {
  if (bytes.length > MAX_QUESTION) return undefined;
  let value: Json;
  try {
    value = parseJsonBytes(bytes);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value) || Object.keys(value).length !== 2) return undefined;
  const { host, port } = value;
  if (typeof host !== 'string' || typeof port !== 'number') return undefined;
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

/** A host as logs and records show it: printable ASCII, `?` for the rest, at most 253 characters. */
export function shownHost(host: string): string {
  return host.slice(0, MAX_SHOWN).replace(/[^\x20-\x7e]/g, '?');
}

/** An answer as it goes to the bot: 2 bytes of length, then JSON. */
export function answerFrame(
  answer: { ok: { address: string; port: number } } | { error: string; message: string },
): Buffer {
  const json = Buffer.from(JSON.stringify(answer));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(json.length);
  return Buffer.concat([length, json]);
}

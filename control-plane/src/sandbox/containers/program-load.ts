import { isJsonObject, type Json } from '../../kernel/json/value.ts';
import { parseJsonBytes } from '../../kernel/json/parse.ts';
import type { CallEnd } from './call.ts';
import { cutUtf8 } from '../../kernel/cut-utf8.ts';
import { type Fault, faultOf } from './fault.ts';
import { lineOf } from './line.ts';

/** What came of compiling a program in its container. */
export type LoadEnd =
  | {
      readonly outcome: 'ok';
      readonly className: string;
      readonly usesNetwork: boolean;
      readonly imports: readonly string[];
    }
  | { readonly outcome: 'refused'; readonly line?: number; readonly message: string }
  | ({ readonly outcome: 'failed' } & Fault);

const MESSAGE_BYTES = 500;
/** A Python identifier of a length that one can read. */
const CLASS_NAME = /^[\p{L}_][\p{L}\p{N}_]{0,99}$/u;
const MAX_IMPORTS = 16;
const MAX_VALUES = 100;

/** Reads a load's answer. What it says comes from a process that ran the bot's module body: untrusted. */
export function readLoad(end: CallEnd): LoadEnd {
  const fault = faultOf(end);
  if (fault) return { outcome: 'failed', ...fault };
  try {
    return readAnswer(end.reply) ?? malformed();
  } catch {
    return malformed();
  }
}

function readAnswer(reply: Buffer): LoadEnd | undefined {
  const answer = parseJsonBytes(reply, { maxValues: MAX_VALUES });
  if (!isJsonObject(answer)) return undefined;
  const { ok, refused } = answer;
  if (isJsonObject(ok) && isClassName(ok.class_name) && typeof ok.uses_network === 'boolean') {
    const { class_name: className, uses_network: usesNetwork } = ok;
    return { outcome: 'ok', className, usesNetwork, imports: moduleNames(ok.imports) };
  }
  if (!isJsonObject(refused) || typeof refused.message !== 'string') return undefined;
  const message = cutUtf8(refused.message, MESSAGE_BYTES);
  return { outcome: 'refused', ...lineOf(refused.line), message };
}

function isClassName(name: Json | undefined): name is string {
  return typeof name === 'string' && CLASS_NAME.test(name);
}

/** PID 1 imports only what it knows: here it is enough that the names are names, and few. */
function moduleNames(given: Json | undefined): string[] {
  if (!Array.isArray(given)) return [];
  return given
    .filter((name) => typeof name === 'string' && /^[a-z0-9_]{1,40}$/.test(name))
    .slice(0, MAX_IMPORTS) as string[];
}

function malformed(): LoadEnd {
  return { outcome: 'failed', reason: 'output', detail: 'The answer to loading the code is not valid.' };
}

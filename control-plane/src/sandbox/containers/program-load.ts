import { isJsonObject } from '../../kernel/json/value.ts';
import { parseJsonBytes } from '../../kernel/json/parse.ts';
import type { CallEnd } from './call.ts';
import { type Fault, faultOf } from './fault.ts';

/** What came of compiling a program in its container. */
export type LoadEnd =
  | { readonly outcome: 'ok'; readonly className: string; readonly usesNetwork: boolean }
  | { readonly outcome: 'refused'; readonly line?: number; readonly message: string }
  | ({ readonly outcome: 'failed' } & Fault);

const MESSAGE_CHARS = 500;

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
  const answer = parseJsonBytes(reply);
  if (!isJsonObject(answer)) return undefined;
  const { ok, refused } = answer;
  if (isJsonObject(ok) && typeof ok.class_name === 'string' && typeof ok.uses_network === 'boolean') {
    return { outcome: 'ok', className: ok.class_name, usesNetwork: ok.uses_network };
  }
  if (!isJsonObject(refused) || typeof refused.message !== 'string') return undefined;
  const message = refused.message.slice(0, MESSAGE_CHARS);
  return typeof refused.line === 'number'
    ? { outcome: 'refused', line: refused.line, message }
    : { outcome: 'refused', message };
}

function malformed(): LoadEnd {
  return { outcome: 'failed', reason: 'output', detail: 'The answer to loading the code is not valid.' };
}

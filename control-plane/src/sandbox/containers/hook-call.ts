import { isJsonObject, type Json, type JsonObject } from '../../kernel/json/value.ts';
import { JsonError, parseJsonBytes } from '../../kernel/json/parse.ts';
import type { BotProgram, Connection, HookCall, HookResult } from '../port.ts';
import type { CallEnd } from './call.ts';
import { cutUtf8 } from '../../kernel/cut-utf8.ts';
import { faultOf } from './fault.ts';
import { lineOf } from './line.ts';

/** What is known of a hook besides what it answered. */
type Measured = Pick<Extract<HookResult, { outcome: 'ok' }>, 'wallMs' | 'connections'>;

const OUTPUT_BYTES = 8 * 1024;
const TRACE_BYTES = 4 * 1024;
const US_PER_MS = 1000;
/** Of one answer: its posts and the state. The server's only thread reads them. */
const MAX_VALUES = 20_000;

/** A hook's request as the bot's process reads it: UTF-8 JSON, the state spliced in as it is stored. */
export function hookRequest(program: BotProgram, call: HookCall): Buffer {
  const rest = JSON.stringify({
    hook: call.hook,
    args: call.args,
    state_version: call.stateVersion,
    params: program.params,
    env: program.env,
    players: call.players,
    now_ms: call.nowMs,
    seed: call.seed,
    limits: {
      wall_ms: program.limits.wallMs,
      memory_bytes: program.limits.memoryBytes,
      processes: program.limits.processes,
    },
    workspace: '/workspace',
  });
  return Buffer.from(`{"state":${call.state ?? 'null'},${rest.slice(1)}`, 'utf8');
}

/** Judges a finished hook: what PID 1 says first, then what the bot's process answered (untrusted). */
export function readHook(end: CallEnd, connections: readonly Connection[]): HookResult {
  const more = { wallMs: end.wallUs / US_PER_MS, connections };
  const fault = faultOf(end);
  if (fault) return { outcome: 'bot_failed', ...fault, output: '', ...more };
  let answer: Json;
  try {
    answer = parseJsonBytes(end.reply, { maxValues: MAX_VALUES });
  } catch (error) {
    const why = error instanceof JsonError ? `: ${error.message}` : '';
    return badOutput(`The answer is not JSON that has exactly one meaning${why}.`, '', more);
  }
  if (!isJsonObject(answer)) return badOutput('The answer is not a JSON object.', '', more);
  return readAnswer(answer, more);
}

function readAnswer(answer: JsonObject, more: Measured): HookResult {
  const output = typeof answer.output === 'string' ? cutUtf8(answer.output, OUTPUT_BYTES) : '';
  if (isJsonObject(answer.failed)) return exception(answer.failed, output, more);
  if (!Array.isArray(answer.posts)) return badOutput('The answer holds no list of posts.', output, more);
  const { posts, state } = answer;
  const reply = JSON.stringify(state === undefined ? { posts } : { posts, state });
  return { outcome: 'ok', reply, output, ...more };
}

function exception(failed: JsonObject, output: string, more: Measured): HookResult {
  return {
    outcome: 'bot_failed',
    reason: 'exception',
    detail: 'The hook ended with an exception.',
    ...lineOf(failed.line),
    ...(typeof failed.trace === 'string' ? { trace: cutUtf8(failed.trace, TRACE_BYTES) } : {}),
    output,
    ...more,
  };
}

function badOutput(detail: string, output: string, more: Measured): HookResult {
  return { outcome: 'bot_failed', reason: 'output', detail, output, ...more };
}

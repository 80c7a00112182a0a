import type { FailureReason, HookResult } from '../sandbox/port.ts';
import { type Author, type Effect, readEffect, RefusedOutput } from './effects.ts';
import { connectionsOf, type Evidence, evidenceOf } from './evidence.ts';

/** A hook that failed, by evidence from inside. */
export interface Failure {
  readonly reason: FailureReason;
  /** The server's own sentence. */
  readonly detail: string;
  readonly line?: number;
}

/** What a finished hook comes to, with what of it is kept for an admin. */
export type Verdict =
  | { readonly effect: Effect; readonly evidence: Evidence }
  | { readonly failure: Failure; readonly evidence: Evidence };

/** Judges a finished hook: what the sandbox saw first, then what the bot answered. */
export function judge(result: HookResult, author: Author): Verdict {
  const failure = failureOf(result);
  if (failure) return { failure, evidence: evidenceOf(result, author.holdsSecret) };
  try {
    const reply = result.outcome === 'ok' ? result.reply : '';
    return { effect: readEffect(reply, author), evidence: connectionsOf(result, author.holdsSecret) };
  } catch (error) {
    if (!(error instanceof RefusedOutput)) throw error;
    const refused = { reason: 'output', detail: error.message } as const;
    return { failure: refused, evidence: evidenceOf(result, author.holdsSecret) };
  }
}

function failureOf(result: HookResult): Failure | undefined {
  if (result.outcome === 'ok') return undefined;
  if (result.outcome === 'not_run')
    return { reason: 'exit', detail: 'The bot lost its container twice on the same message.' };
  const { reason, detail, line } = result;
  return { reason, detail, ...(line === undefined ? {} : { line }) };
}

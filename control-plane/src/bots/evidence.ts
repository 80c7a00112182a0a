import { cutUtf8 } from '../kernel/cut-utf8.ts';
import type { Json } from '../kernel/json/value.ts';
import type { Connection, HookResult } from '../sandbox/port.ts';

/** Bytes of the bot's own text that a failed hook leaves, each of trace and output. */
const MAX_TEXT_BYTES = 2 * 1024;
/** Connections of one hook that are kept. */
const MAX_CONNECTIONS = 32;
const WITHHELD = '(withheld: it holds a live code of the channel)';

/** A connection as it is kept and shown. */
export type ConnectionRecord = {
  readonly host: string;
  readonly port: number;
  /** What was dialled, null where nothing was. */
  readonly address: string | null;
  readonly outcome: string;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly ms: number;
};

/** What a hook leaves for an admin's eyes. It is part of a fact, so that no entry ever holds it. */
export type Evidence = {
  /** The bot's traceback, cut. */
  readonly trace?: string;
  /** What the bot printed, cut. */
  readonly output?: string;
  readonly connections?: readonly ConnectionRecord[];
  /** Connections beyond those that are kept. */
  readonly connections_more?: number;
};

/** True for a text that holds a live code, which would open another's seat to the admin. */
type HoldsSecret = (text: string) => boolean;

/** What is kept of any hook: where it connected to. */
export function connectionsOf(result: HookResult, holdsSecret: HoldsSecret): Evidence {
  if (result.outcome === 'not_run' || result.connections.length === 0) return {};
  const more = result.connections.length - MAX_CONNECTIONS;
  return {
    connections: result.connections.slice(0, MAX_CONNECTIONS).map((one) => recordOf(one, holdsSecret)),
    ...(more > 0 ? { connections_more: more } : {}),
  };
}

/**
 * What is kept of a hook that failed, the bot's own words among it.
 */
export function evidenceOf(result: HookResult, holdsSecret: HoldsSecret): Evidence {
  if (result.outcome === 'not_run') return {};
  const trace = result.outcome === 'bot_failed' ? (result.trace ?? '') : '';
  // Together, for a code may be begun in one and ended in the other.
  const secret = holdsSecret(`${trace}${result.output}`) || holdsSecret(`${result.output}${trace}`);
  const kept = (text: string) => (secret ? WITHHELD : cut(text));
  return {
    ...(trace === '' ? {} : { trace: kept(trace) }),
    ...(result.output === '' ? {} : { output: kept(result.output) }),
    ...connectionsOf(result, holdsSecret),
  };
}

/** What of a fact an admin sees in the body of its bot:error. */
export function shownEvidence(fact: { readonly [key: string]: Json }): { readonly [key: string]: string } {
  const { trace, output } = fact;
  return {
    ...(typeof trace === 'string' ? { trace } : {}),
    ...(typeof output === 'string' ? { output } : {}),
  };
}

function recordOf(
  { host: asked, port, address, outcome, bytesIn, bytesOut, ms }: Connection,
  holdsSecret: HoldsSecret,
): ConnectionRecord {
  const host = holdsSecret(asked) ? WITHHELD : asked;
  return { host, port, address, outcome, bytes_in: bytesIn, bytes_out: bytesOut, ms: Math.round(ms) };
}

/** The beginning of a text, in whole characters; JSON cannot carry halves of them. */
function cut(text: string): string {
  const whole = text.toWellFormed();
  const kept = cutUtf8(whole, MAX_TEXT_BYTES);
  return kept === whole ? whole : `${kept}…`;
}

import { Agent } from 'node:http';
import { SeededRandom } from '../../../bench/mix/random.ts';
import type { KnownChannel } from '../support/channels.ts';
import { faultOf, mayPark } from './judge.ts';
import { draft, type FuzzRequest } from './messages.ts';
import { broken } from './mutations.ts';
import { send } from './send.ts';

/** What is sent, and to whom. */
export interface FuzzPlan {
  readonly url: string;
  readonly token: string;
  readonly channels: readonly KnownChannel[];
  readonly seed: number;
  /** Numbers of the cases, from 0: each is the same again for the same seed and channels. */
  readonly from: number;
  readonly to: number;
  /** Requests under way at once. */
  readonly width: number;
}

/** A case that the server did not stand, so that it can be sent again. */
export interface Fault {
  readonly number: number;
  readonly fault: string;
  readonly request: string;
  readonly answer: string;
}

/** What came of the cases. */
export interface FuzzResult {
  readonly cases: number;
  /** How many ended in which way: a status, or a connection that we closed while the call was parked. */
  readonly ended: Readonly<Record<string, number>>;
  readonly faults: readonly Fault[];
}

/** Calls that may park are hung up on, which frees the waiter; everything else has to be answered by then. */
const PATIENCE_MS = 400;
const LIMIT_MS = 20_000;
/** Every so manieth client goes away while its call is under way. */
const LEAVES = 40;
const LEAVES_WITHIN_MS = 8;
const SHOWN = 1_500;

/** Sends every case and judges its answer. */
export async function fuzz(plan: FuzzPlan): Promise<FuzzResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: plan.width });
  const ended: Record<string, number> = {};
  const faults: Fault[] = [];
  let next = plan.from;
  const worker = async () => {
    for (let number = next++; number < plan.to; number = next++) {
      const request = caseOf(plan, number);
      const leaves = number % LEAVES === 0;
      const outcome = await send(
        plan.url,
        agent,
        request,
        leaves ? (number / LEAVES) % LEAVES_WITHIN_MS : limitOf(request),
      );
      const way = outcome.kind === 'answered' ? String(outcome.status) : outcome.kind;
      ended[way] = (ended[way] ?? 0) + 1;
      const fault = leaves && outcome.kind === 'hung' ? undefined : faultOf(request, outcome);
      if (fault)
        faults.push({
          number,
          fault,
          request: shown(request),
          answer: JSON.stringify(outcome).slice(0, SHOWN),
        });
    }
  };
  try {
    await Promise.all(Array.from({ length: plan.width }, worker));
  } finally {
    agent.destroy();
  }
  return { cases: plan.to - plan.from, ended, faults };
}

function limitOf(request: FuzzRequest): number {
  return mayPark(request) ? PATIENCE_MS : LIMIT_MS;
}

/** One case, by its number. */
function caseOf({ seed, channels, token }: FuzzPlan, number: number): FuzzRequest {
  const random = new SeededRandom(Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) ^ number);
  return broken(random, draft(random, channels), token);
}

function shown({ method, path, headers, body }: FuzzRequest): string {
  const head = headers
    .filter(([name]) => name !== 'authorization')
    .map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path}`, ...head, '', body?.toString() ?? ''].join('\n').slice(0, SHOWN);
}

import { type Held, openFuzzHouse } from './house.ts';
import { type Fault, fuzz } from './run.ts';

/** What is sent. */
export interface CampaignOptions {
  readonly seed: number;
  readonly cases: number;
  /** Told after each round how many cases are done. */
  readonly onRound?: (done: number) => void;
}

/** What came of a campaign. */
export interface Campaign {
  readonly seed: number;
  readonly cases: number;
  readonly seconds: number;
  /** How many cases ended in which way. */
  readonly ended: Readonly<Record<string, number>>;
  readonly honest: { readonly posted: number; readonly lost: number };
  /** After the first round, when everything is warm, and at the end. */
  readonly held: { readonly warm: Held; readonly end: Held };
  readonly faults: readonly Fault[];
  /** What must not be, in words; empty where all is well. */
  readonly broken: readonly string[];
}

const WIDTH = 16;
const ROUNDS = 10;
const HEAP_GROWTH_MB = 32;
const RESIDENT_GROWTH_MB = 160;
const RESOURCES_GROWTH = 8;

/** Fuzzes the MCP edge of a server of its own, in rounds with somebody honest beside them. */
export async function fuzzMcp({ seed, cases, onRound }: CampaignOptions): Promise<Campaign> {
  await using house = await openFuzzHouse();
  const start = performance.now();
  const ended: Record<string, number> = {};
  const faults: Fault[] = [];
  let warm: Held | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const [from = 0, to = 0] = [round, round + 1].map((one) => Math.floor((cases * one) / ROUNDS));
    const [result] = await Promise.all([
      fuzz({ ...house, seed, from, to, width: WIDTH }),
      house.honest.post().then(() => house.honest.post()),
    ]);
    for (const [way, count] of Object.entries(result.ended)) ended[way] = (ended[way] ?? 0) + count;
    faults.push(...result.faults);
    warm ??= await house.held();
    onRound?.(to);
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  const { posted, found } = await house.honest.compare();
  const lost = posted.filter((body, index) => found[index] !== body).length;
  const end = await house.held();
  const held = { warm: warm ?? end, end };
  const honest = { posted: posted.length, lost };
  const broken = [
    ...(faults.length === 0 ? [] : [`${faults.length} faults`]),
    ...(lost === 0 && found.length === posted.length
      ? []
      : ['what somebody honest posted is not what is there']),
    ...leaks(held),
  ];
  return { seed, cases, seconds, ended, honest, held, faults, broken };
}

function leaks({ warm, end }: Campaign['held']): string[] {
  return [
    ...(end.waiters === 0 ? [] : [`${end.waiters} calls are still parked`]),
    ...(end.resources - warm.resources <= RESOURCES_GROWTH ? [] : ['open sockets or timers were left']),
    ...(end.heap - warm.heap <= HEAP_GROWTH_MB ? [] : [`the heap grew by over ${HEAP_GROWTH_MB} MB`]),
    ...(end.resident - warm.resident <= RESIDENT_GROWTH_MB
      ? []
      : [`resident memory grew by over ${RESIDENT_GROWTH_MB} MB`]),
  ];
}

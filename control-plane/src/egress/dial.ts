import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { withinMs } from '../kernel/within.ts';
import { canonicalAddress } from './address.ts';
import type { Host } from './host.ts';
import type { ReachJudge } from './reach.ts';
import type { Resolver } from './resolve.ts';

/** What dialling asks for and how long it may take. */
export interface Dialling {
  readonly resolver: Resolver;
  readonly mayReach: ReachJudge;
  /** Limit on looking the name up, ms. */
  readonly resolveMs: number;
  /** Limit on connecting, over all addresses of the name, ms. */
  readonly connectMs: number;
}

/** A connection that stands, half open allowed, and the address at its other end. */
export interface Dialled {
  readonly socket: Socket;
  readonly address: string;
}

/** Why there is no connection. The message is fit for whoever asked for it. */
export class DialError extends Error {
  readonly outcome: 'not_resolved' | 'denied_address' | 'not_connected';
  /** The address that was dialled last, if one was. */
  readonly address: string | null;
  constructor(outcome: DialError['outcome'], message: string, address: string | null = null) {
    super(message);
    this.name = 'DialError';
    this.outcome = outcome;
    this.address = address;
  }
}

/** Addresses of one name that are tried. */
const MAX_TRIES = 4;
/** No name in honest use has more; each is judged. */
const MAX_ANSWERS = 64;

/**
 * Resolves a host, judges every address it has, and dials one of the very addresses that were judged,
 * never the name. One address that may not be reached spoils the whole answer: it is how a name is
 * rebound to what lies behind the server. Environment variables for proxies mean nothing here.
 *
 * @throws {DialError} or the signal's reason
 */
export async function dial(host: Host, port: number, way: Dialling, signal: AbortSignal): Promise<Dialled> {
  const addresses = host.kind === 'address' ? [host.address] : await resolve(host.name, way, signal);
  if (!addresses.every(way.mayReach)) {
    throw new DialError('denied_address', 'The host has an address that is not public.');
  }
  const tries = addresses.slice(0, MAX_TRIES);
  const until = performance.now() + way.connectMs;
  for (const [at, address] of tries.entries()) {
    const ms = Math.max(1, (until - performance.now()) / (tries.length - at));
    const socket = await attempt(address, port, ms, signal);
    if (socket) return { socket, address };
  }
  throw new DialError('not_connected', 'The host does not take the connection.', tries.at(-1) ?? null);
}

async function resolve(name: string, way: Dialling, signal: AbortSignal): Promise<readonly string[]> {
  let addresses: readonly string[] = [];
  try {
    addresses = await withinMs(way.resolveMs, 'Looking a name up', (limit) =>
      way.resolver.resolve(name, AbortSignal.any([limit, signal])),
    );
  } catch {
    signal.throwIfAborted();
  }
  if (addresses.length === 0) throw new DialError('not_resolved', 'The host has no address.');
  if (addresses.length > MAX_ANSWERS) throw new DialError('not_resolved', 'The host has too many addresses.');
  return addresses;
}

/** @returns undefined where the address does not answer in its time */
async function attempt(
  address: string,
  port: number,
  ms: number,
  signal: AbortSignal,
): Promise<Socket | undefined> {
  signal.throwIfAborted();
  const socket = connect({
    host: address,
    port,
    family: isIP(address),
    lookup: refuseLookup,
    autoSelectFamily: false,
    allowHalfOpen: true,
    noDelay: true,
  });
  // Whoever uses the socket learns of errors by its own listener; between the two there is this one.
  socket.on('error', () => {});
  try {
    await withinMs(ms, 'Connecting', (limit) =>
      once(socket, 'connect', { signal: AbortSignal.any([limit, signal]) }),
    );
    if (canonicalAddress(socket.remoteAddress ?? '') === canonicalAddress(address)) return socket;
  } catch {
    // Refused, unreachable or too slow: the next address may answer.
  }
  socket.destroy();
  signal.throwIfAborted();
  return undefined;
}

/** Never called for an address: should a name ever get here, it is not looked up a second time. */
function refuseLookup(name: string): never {
  throw new Error(`${name} is not an address`);
}

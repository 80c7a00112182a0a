import { networkInterfaces } from 'node:os';
import { type AddressClass, canonicalAddress, classifyAddress } from './address.ts';

/** Says whether an address may be dialled. */
export type ReachJudge = (address: string) => boolean;

/** Classes that no exception opens: a mapped address could be any other one in disguise. */
const NEVER: ReadonlySet<AddressClass> = new Set(['metadata', 'translated', 'malformed']);

/**
 * Public addresses may be dialled, this machine's own not even where they are public.
 *
 * @param allowAddress exceptions, for servers that stand on this machine; they open neither metadata
 *   services nor addresses that stand for another
 */
export function reachJudge(allowAddress: (address: string) => boolean = () => false): ReachJudge {
  return (address) => {
    const found = classifyAddress(address);
    if (NEVER.has(found)) return false;
    return (found === 'public' && !isOwnAddress(address)) || allowAddress(address);
  };
}

function isOwnAddress(address: string): boolean {
  const wanted = canonicalAddress(address);
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return own.some((each) => canonicalAddress(each.address) === wanted);
}

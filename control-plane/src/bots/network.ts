import { NetworkError, parseNetwork } from '../egress/policy.ts';
import { CodedError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json/value.ts';
import type { Network } from '../sandbox/port.ts';

/** What a caller asks for; undefined leaves it to the bot's imports. */
export type NetworkRequest = Network | undefined;

/** Who said where a bot may connect to, in words that are announced with it. */
export type NetworkSource = 'manifest' | 'implied by the imports';

/**
 * Holds a requested network to the rules of the way out.
 *
 * @param field where it stands in the caller's input
 * @throws INVALID_REQUEST that names the item at fault
 */
export function readNetwork(given: unknown, field: string): NetworkRequest {
  if (given === undefined || given === 'off' || given === 'public') return given;
  if (!isList(given)) {
    throw new CodedError('INVALID_REQUEST', {
      field,
      message: 'The network is "off", "public" or a list of hosts.',
    });
  }
  try {
    parseNetwork(given);
    return given;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    throw new CodedError('INVALID_REQUEST', { field: `${field}.${error.index}`, message: error.message });
  }
}

/** What is announced: as it was asked for, or `public` for code that imports a network module. */
export function announcedNetwork(
  request: NetworkRequest,
  usesNetwork: boolean,
): { readonly network: Network; readonly network_source: NetworkSource } {
  return request === undefined
    ? { network: usesNetwork ? 'public' : 'off', network_source: 'implied by the imports' }
    : { network: request, network_source: 'manifest' };
}

/** Where an attached bot may connect to: what its manifest announced, and nothing else. */
export function networkOf(manifest: JsonObject): Network {
  const { network } = manifest;
  return network === 'public' || isList(network) ? network : 'off';
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

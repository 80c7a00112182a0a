import { Resolver as DnsClient } from 'node:dns/promises';

/** Looks names up. */
export interface Resolver {
  /**
   * All addresses of a name, in the order in which to try them; none where it has none.
   *
   * @throws where no answer can be had
   */
  resolve(name: string, signal: AbortSignal): Promise<readonly string[]>;
}

const TRY_MS = 2_000;
const TRIES = 2;

/**
 * Asks name servers for A and AAAA records. Neither /etc/hosts nor search domains are looked at: they
 * name what is near. Unlike getaddrinfo it takes no thread, of which the whole server has four, so
 * slow name servers hold up nobody else.
 */
export class DnsResolver implements Resolver {
  readonly #servers: readonly string[] | undefined;

  /** @param servers `address:port` of whom to ask; the machine's own name servers if left out */
  constructor(servers?: readonly string[]) {
    this.#servers = servers;
  }

  async resolve(name: string, signal: AbortSignal): Promise<readonly string[]> {
    const client = new DnsClient({ timeout: TRY_MS, tries: TRIES });
    if (this.#servers) client.setServers(this.#servers);
    const cancel = () => client.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      // IPv4 first: a machine without IPv6 would fail at each address of the other kind.
      const answers = await Promise.allSettled([client.resolve4(name), client.resolve6(name)]);
      const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
      if (addresses.length === 0) throw failure(answers);
      return addresses;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }
}

function failure(answers: readonly PromiseSettledResult<unknown>[]): Error {
  const reason: unknown = answers.find((answer) => answer.status === 'rejected')?.reason;
  return reason instanceof Error ? reason : new Error('The name has no addresses');
}

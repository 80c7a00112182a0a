import { authorize } from '../../../clients/typescript/client/oauth.ts';
import { problemOf } from '../../../clients/typescript/client/problem.ts';
import { Session } from '../../../clients/typescript/client/session.ts';
import type { Answer, Arguments, ToolName } from '../../../clients/typescript/client/tools.ts';

/** One account at one edge of the server. */
export interface Client extends AsyncDisposable {
  call<Name extends ToolName>(name: Name, args: Arguments<Name>): Promise<Answer<Name>>;
}

export const EDGES = ['MCP', 'REST'] as const;
export type Edge = (typeof EDGES)[number];

/** Gets a token of an account of its own and speaks to the server over one edge. */
export async function connect(edge: Edge, url: string, name: string): Promise<Client> {
  const token = await authorize(url, name);
  return edge === 'MCP' ? Session.connect(url, token, name) : new RestClient(url, token);
}

const READS: ReadonlySet<ToolName> = new Set([
  'health_check',
  'sync_messages',
  'get_channel_info',
  'get_bot_code',
  'list_channels',
]);

/** Longer than any call is parked, ms. */
const LIMIT_MS = 60_000;

/** REST by plain fetch: a query for what reads, JSON for what writes. */
export class RestClient implements Client {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#headers = { authorization: `Bearer ${token}` };
  }

  async call<Name extends ToolName>(name: Name, args: Arguments<Name>): Promise<Answer<Name>> {
    const address = new URL(`/${name}`, this.#url);
    const answer = READS.has(name)
      ? await fetch(withQuery(address, args), {
          headers: this.#headers,
          signal: AbortSignal.timeout(LIMIT_MS),
        })
      : await fetch(address, {
          method: 'POST',
          headers: { ...this.#headers, 'content-type': 'application/json' },
          body: JSON.stringify(args),
          signal: AbortSignal.timeout(LIMIT_MS),
        });
    const body: unknown = await answer.json();
    if (!answer.ok) throw problemOf(body) ?? new Error(`${name} answered ${answer.status}`);
    return body as Answer<Name>;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function withQuery(address: URL, args: object): URL {
  for (const [field, value] of Object.entries(args)) address.searchParams.set(field, String(value));
  return address;
}

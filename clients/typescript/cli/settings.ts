import type { Registration } from '../client/token.ts';
import { Problem } from '../client/problem.ts';

/** How the command line reaches its server, from the environment. */
export interface Settings {
  /** Origin of the server, without a trailing slash. */
  readonly baseUrl: string;
  readonly clientName: string;
  readonly tokenFile: string;
  /** A client that a signed-in person made; undefined where this one registers itself. */
  readonly client: Registration | undefined;
  /** Tells a person something on stderr. */
  readonly warn: (line: string) => void;
}

/** What the help says about the environment; every variable that is read. */
export const VARIABLES = [
  ['MCP_BASE_URL', 'address of the server (default http://127.0.0.1:8100)'],
  ['MCP_CLIENT_NAME', 'name of this client; each name is an account of its own (default "command line")'],
  ['MCP_TOKEN_FILE', 'where tokens and seats are kept, mode 0600 (default mcp_tokens.json)'],
  ['MCP_CLIENT_ID', 'client made at /account, where people sign in (with MCP_CLIENT_SECRET)'],
  ['MCP_CLIENT_SECRET', 'its secret'],
  ['MCP_VERIFY_SSL', 'false accepts any TLS certificate (default true)'],
] as const;

/** @throws {Problem} LOCAL for a value that makes no sense */
export function readSettings(env: NodeJS.ProcessEnv, warn: (line: string) => void): Settings {
  // Node reads this one when it opens the first connection.
  if (env['MCP_VERIFY_SSL'] === 'false') process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  return {
    baseUrl: readBaseUrl(env),
    clientName: env['MCP_CLIENT_NAME'] || 'command line',
    tokenFile: env['MCP_TOKEN_FILE'] || 'mcp_tokens.json',
    client: readClient(env),
    warn,
  };
}

function readClient(env: NodeJS.ProcessEnv): Registration | undefined {
  const [client_id, client_secret] = [env['MCP_CLIENT_ID'], env['MCP_CLIENT_SECRET']];
  if (!client_id && !client_secret) return undefined;
  if (client_id && client_secret) return { client_id, client_secret };
  const next = 'Set both, as they were shown at /account, or neither.';
  throw new Problem('LOCAL', 'MCP_CLIENT_ID and MCP_CLIENT_SECRET belong together.', next);
}

/** The server's address, as clients and the demo read it. @throws {Problem} LOCAL */
export function readBaseUrl(env: NodeJS.ProcessEnv): string {
  const text = env['MCP_BASE_URL'] || 'http://127.0.0.1:8100';
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol))
    return `${url.origin}${url.pathname.replace(/\/(mcp\/?)?$/, '')}`;
  const next = 'Set it to something like http://127.0.0.1:8100.';
  throw new Problem('LOCAL', `MCP_BASE_URL is not an http or https address: ${text}`, next);
}

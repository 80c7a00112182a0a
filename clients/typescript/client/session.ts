import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  StreamableHTTPClientTransport,
  StreamableHTTPError,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { isRecord, Problem, problemOf, unreachable } from './problem.ts';
import type { Arguments, Answer, ToolName } from './tools.ts';
import { fetchWhole } from './whole-answer.ts';

/** How long a call may take beside the time for which it is parked: then its line is taken for dead, ms. */
const SPARE_MS = 15_000;
/** The longest that a call is parked unless it says for how long, ms. */
const PARKED_MS = 25_000;

/** An MCP connection to one server, as one account. */
export class Session implements AsyncDisposable {
  readonly #client: Client;
  readonly #baseUrl: string;

  private constructor(client: Client, baseUrl: string) {
    this.#client = client;
    this.#baseUrl = baseUrl;
  }

  /**
   * Connects to `<baseUrl>/mcp`.
   *
   * @param baseUrl the server's origin, without a trailing slash
   * @throws {Problem} TOKEN_REFUSED for a token that the server does not take, UNREACHABLE where none answers
   */
  static async connect(baseUrl: string, token: string, name: string): Promise<Session> {
    const client = new Client({ name, version: '1' });
    const transport = new StreamableHTTPClientTransport(new URL(`${baseUrl}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
      fetch: fetchWhole,
    });
    try {
      // The class types sessionId as possibly undefined, which the interface under
      // exactOptionalPropertyTypes does not take.
      await client.connect(transport as Transport);
    } catch (error) {
      throw translate(error, baseUrl);
    }
    return new Session(client, baseUrl);
  }

  /** Calls a tool. @throws {Problem} with the server's code */
  async call<Name extends ToolName>(name: Name, args: Arguments<Name>): Promise<Answer<Name>> {
    const result = await this.#client
      .callTool({ name, arguments: args }, undefined, { timeout: parkedMs(args) + SPARE_MS })
      .catch((error: unknown) => {
        throw translate(error, this.#baseUrl);
      });
    const answer = result.structuredContent;
    if (result.isError === true) {
      throw problemOf(answer) ?? new Problem('BAD_ANSWER', `${name} failed without a reason.`, RETRY);
    }
    if (!isRecord(answer)) throw new Problem('BAD_ANSWER', `${name} answered without content.`, RETRY);
    return answer as Answer<Name>;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client.close();
  }
}

const RETRY = 'Call again; if it goes on, check that MCP_BASE_URL names an MCP Multiplayer server.';

function parkedMs(args: object): number {
  const { timeout_ms, wait_ms } = args as { readonly timeout_ms?: number; readonly wait_ms?: number };
  return timeout_ms ?? wait_ms ?? PARKED_MS;
}

function translate(error: unknown, baseUrl: string): Problem {
  if (error instanceof StreamableHTTPError) {
    if (error.code === 401) {
      return new Problem('TOKEN_REFUSED', 'The server does not take this token.', 'Take a new token.');
    }
    return httpProblem(error);
  }
  if (error instanceof McpError) return new Problem('BAD_ANSWER', error.message, RETRY);
  return unreachable(baseUrl, error);
}

/** The SDK puts the body of a refused request behind its own words. */
function httpProblem(error: StreamableHTTPError): Problem {
  const start = error.message.indexOf('{');
  try {
    const answer: unknown = JSON.parse(error.message.slice(start));
    const data = isRecord(answer) && isRecord(answer['error']) ? answer['error']['data'] : undefined;
    const problem = problemOf(answer) ?? problemOf(data);
    if (problem) return problem;
  } catch {
    // Not ours: something else answers at this address.
  }
  return new Problem('BAD_ANSWER', `The server answered with HTTP status ${error.code}.`, RETRY);
}

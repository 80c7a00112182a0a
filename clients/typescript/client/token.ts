import { isRecord, PassingProblem, Problem, unreachable } from './problem.ts';

/** Answers after which the same request may do later. */
export const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** What the server knows a client by. */
export interface Registration {
  readonly client_id: string;
  readonly client_secret: string;
}

/**
 * Takes an access token with a client's own credentials (RFC 6749 section 4.4). Runs in browsers as well.
 *
 * @param more further parameters of the request, such as its resource
 * @throws {Problem} TOKEN_REFUSED where the server does not know the client (any more)
 */
export async function requestToken(
  baseUrl: string,
  endpoint: string,
  { client_id, client_secret }: Registration,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const basic = btoa([client_id, client_secret].map(encodeURIComponent).join(':'));
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...more }),
  }).catch((error: unknown) => {
    throw unreachable(baseUrl, error);
  });
  const body: unknown = await answer.json().catch(() => undefined);
  if (answer.ok && isRecord(body) && typeof body['access_token'] === 'string') return body['access_token'];
  throw refusal(baseUrl, answer.status, isRecord(body) ? body['error'] : undefined);
}

function refusal(baseUrl: string, status: number, error: unknown): Problem {
  if (error === 'invalid_client')
    return new Problem('TOKEN_REFUSED', 'The server does not know this client.', 'Register again.');
  if (error === 'unauthorized_client') return signIn(baseUrl);
  const Kind = PASSING.has(status) ? PassingProblem : Problem;
  return new Kind(
    'BAD_ANSWER',
    `The server gave no token (${status} ${String(error)}).`,
    "Check the server's address; if it is right, ask its operator.",
  );
}

/** Where people sign in, a client that acts without one is made by one. */
export function signIn(baseUrl: string): Problem {
  return new Problem(
    'SIGN_IN',
    'This server lets people in who sign in, and the clients that they made.',
    `Make a client for scripts at ${baseUrl}/account, and set MCP_CLIENT_ID and MCP_CLIENT_SECRET.`,
  );
}

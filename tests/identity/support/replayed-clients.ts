/** What clients send, as recorded of them: none of them was run here. */
export interface ReplayedClient {
  readonly name: string;
  readonly publicUrl: string;
  /** What the client was given. */
  readonly url: string;
  readonly registration: Record<string, unknown>;
  readonly redirectUri: string;
  readonly scope?: string;
}

const CODE_FLOW = { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] };
const HOSTED = 'https://play.example';
const LOCAL = 'http://127.0.0.1:8100';

/** As its issue 278512 tells; the port differs where another window has the usual one. */
const VSCODE = {
  client_name: 'Visual Studio Code',
  ...CODE_FLOW,
  token_endpoint_auth_method: 'none',
  redirect_uris: [
    'https://insiders.vscode.dev/redirect',
    'https://vscode.dev/redirect',
    'http://127.0.0.1/',
    'http://127.0.0.1:33418/',
  ],
};

const CURSOR = {
  client_name: 'Cursor',
  ...CODE_FLOW,
  token_endpoint_auth_method: 'none',
  redirect_uris: [
    'cursor://anysphere.cursor-mcp/oauth/callback',
    'https://www.cursor.com/agents/mcp/oauth/callback',
    'http://localhost:8787/callback',
  ],
};

const CLAUDE = {
  client_name: 'Claude',
  ...CODE_FLOW,
  token_endpoint_auth_method: 'none',
  scope: 'mcp offline_access',
};

export const CLIENTS: readonly ReplayedClient[] = [
  {
    name: 'Claude',
    publicUrl: HOSTED,
    url: `${HOSTED}/mcp`,
    registration: { ...CLAUDE, redirect_uris: ['https://claude.ai/api/mcp/auth_callback'] },
    redirectUri: 'https://claude.ai/api/mcp/auth_callback',
    scope: 'mcp offline_access',
  },
  {
    name: 'Claude, answered at the twin of its address',
    publicUrl: HOSTED,
    url: `${HOSTED}/mcp`,
    registration: {
      ...CLAUDE,
      redirect_uris: ['https://claude.ai/api/mcp/auth_callback', 'https://claude.com/api/mcp/auth_callback'],
    },
    redirectUri: 'https://claude.com/api/mcp/auth_callback',
    scope: 'mcp offline_access',
  },
  {
    name: 'Claude Code, on another loopback port than it registered',
    publicUrl: LOCAL,
    url: 'http://localhost:8100/mcp',
    registration: {
      client_name: 'Claude Code (multiplayer)',
      ...CODE_FLOW,
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://localhost:54212/callback'],
    },
    redirectUri: 'http://localhost:61003/callback',
  },
  {
    name: 'ChatGPT, with a secret in the body',
    publicUrl: HOSTED,
    url: `${HOSTED}/mcp`,
    registration: {
      client_name: 'ChatGPT',
      ...CODE_FLOW,
      token_endpoint_auth_method: 'client_secret_post',
      redirect_uris: ['https://chatgpt.com/connector_platform_oauth_redirect'],
    },
    redirectUri: 'https://chatgpt.com/connector_platform_oauth_redirect',
  },
  {
    name: 'ChatGPT, with an address for each connector',
    publicUrl: HOSTED,
    url: `${HOSTED}/mcp`,
    registration: {
      client_name: 'ChatGPT',
      ...CODE_FLOW,
      token_endpoint_auth_method: 'none',
      redirect_uris: ['https://chatgpt.com/connector/oauth/k3Zq9_Xw'],
    },
    redirectUri: 'https://chatgpt.com/connector/oauth/k3Zq9_Xw',
  },
  {
    name: 'Cursor, which registers three addresses at once',
    publicUrl: HOSTED,
    url: HOSTED,
    registration: CURSOR,
    redirectUri: 'cursor://anysphere.cursor-mcp/oauth/callback',
  },
  {
    name: 'Cursor, answered on this computer',
    publicUrl: HOSTED,
    url: HOSTED,
    registration: CURSOR,
    redirectUri: 'http://localhost:8787/callback',
  },
  {
    name: 'Cursor, answered in the web',
    publicUrl: HOSTED,
    url: HOSTED,
    registration: CURSOR,
    redirectUri: 'https://www.cursor.com/agents/mcp/oauth/callback',
  },
  {
    name: 'VS Code, which registers four addresses, on another loopback port',
    publicUrl: LOCAL,
    url: `${LOCAL}/mcp`,
    registration: VSCODE,
    redirectUri: 'http://127.0.0.1:59656/',
  },
  {
    name: 'VS Code, answered in the web',
    publicUrl: HOSTED,
    url: `${HOSTED}/mcp`,
    registration: VSCODE,
    redirectUri: 'https://vscode.dev/redirect',
  },
];

/** The `state` that clients send here, and look for in the answer. */
export const STATE = 'c3RhdGU=';

/** The query of a client's authorization request, in its own spelling of the server. */
export function authorizationQuery(client: ReplayedClient, client_id: string, challenge: string): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    redirect_uri: client.redirectUri,
    state: STATE,
    ...(client.scope === undefined ? {} : { scope: client.scope }),
    resource: client.url,
  });
  return query.toString();
}

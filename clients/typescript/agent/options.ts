/** Who an agent is, and where. */
export interface AgentOptions {
  /** The server's address, such as http://localhost:8100. */
  readonly serverUrl: string;
  /** A label of your own, shown to your own account only. */
  readonly sessionId: string;
  /** What others see. */
  readonly name: string;
  /** Default: the name and the first eight characters of sessionId. */
  readonly agentId?: string;
  readonly capabilities?: readonly string[];
  /** Where the server wants one to register, or from an earlier registration. */
  readonly token?: string;
  /** With clientSecret: takes another token when the server does not take the last one any more. */
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** Keeps token and name for the next start of this agent. One file for each agent; not in browsers. */
  readonly credentialsFile?: string;
}

/** The identifier of an agent that was given none. */
export function agentIdOf({ agentId, name, sessionId }: AgentOptions): string {
  const made = `${name.toLowerCase()}-${sessionId.slice(0, 8)}`.replaceAll(/[^A-Za-z0-9._-]/g, '-');
  return agentId ?? made.slice(0, 64).replaceAll(/^[._-]+|[._-]+$/g, '');
}

/** The server's address as paths are put behind it. */
export function baseUrlOf({ serverUrl }: AgentOptions): string {
  return serverUrl.replace(/\/+$/, '');
}

import { Problem } from '../client/problem.ts';
import { requestToken } from '../client/token.ts';
import { type AgentOptions, agentIdOf, baseUrlOf } from './options.ts';

/** What the server knows an agent's account by. */
export interface Credentials {
  readonly token?: string | undefined;
  readonly client_id?: string | undefined;
  readonly client_secret?: string | undefined;
}

/** An agent's name and credentials, kept in a file where it has one, and renewed when a token is refused. */
export class Account {
  readonly #options: AgentOptions;
  readonly #baseUrl: string;
  #agentId: string;
  #credentials: Credentials;
  #loading: Promise<void> | undefined;
  #renewing: Promise<void> | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#baseUrl = baseUrlOf(options);
    this.#agentId = agentIdOf(options);
    const { token, clientId, clientSecret } = options;
    this.#credentials = { token, client_id: clientId, client_secret: clientSecret };
  }

  /** Known for certain once the file has been read. */
  get agentId(): string {
    return this.#agentId;
  }

  get token(): string | undefined {
    return this.#credentials.token;
  }

  /** Reads what an earlier start of this agent kept. @throws {Problem} */
  load(): Promise<void> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      // What passes, such as a server that is away, must not stay.
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  /** Takes over what a registration answered. */
  async adopt({ token, client_id, client_secret }: Credentials): Promise<void> {
    this.#credentials = { token, client_id, client_secret };
    const { credentialsFile, name } = this.#options;
    if (credentialsFile === undefined) return;
    const { writeCredentials } = await import('./credentials-file.ts');
    const owner = { server_url: this.#baseUrl, name, agent_id: this.#agentId };
    await writeCredentials(credentialsFile, { ...owner, ...this.#credentials });
  }

  /**
   * Takes another token in place of one that was refused. Calls that are refused together take one.
   *
   * @throws {Problem} TOKEN_REFUSED where there is nothing to take one with
   */
  async renew(refused: string | undefined): Promise<void> {
    if (refused !== this.token) return;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    await this.#renewing;
  }

  async #load(): Promise<void> {
    const { credentialsFile, agentId, name, token, clientId } = this.#options;
    if (credentialsFile !== undefined) {
      const { readCredentials } = await import('./credentials-file.ts');
      const owner = { server_url: this.#baseUrl, name, ...(agentId !== undefined && { agent_id: agentId }) };
      const kept = await readCredentials(credentialsFile, owner);
      if (kept) this.#agentId = kept.agent_id;
      // What a program is given now counts more than what it was given once.
      if (kept && token === undefined && clientId === undefined) this.#credentials = kept;
    }
    if (this.token === undefined && this.#credentials.client_id !== undefined) await this.renew(undefined);
  }

  async #renew(): Promise<void> {
    const { client_id, client_secret } = this.#credentials;
    if (client_id === undefined || client_secret === undefined) {
      const next = 'Register, or give a token, or clientId and clientSecret.';
      throw new Problem('TOKEN_REFUSED', 'The server wants a token, and takes none that is here.', next);
    }
    const endpoint = `${this.#baseUrl}/oauth/token`;
    const token = await requestToken(this.#baseUrl, endpoint, { client_id, client_secret });
    await this.adopt({ token, client_id, client_secret });
  }
}

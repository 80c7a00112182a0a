import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';

const REDIRECT = 'http://localhost:3118/callback';

/** What an application keeps for the SDK; it follows the redirect where a person would have a browser. */
export class Application implements OAuthClientProvider {
  client: OAuthClientInformationMixed | undefined;
  saved: OAuthTokens | undefined;
  verifier = '';
  location = '';
  readonly redirectUrl = REDIRECT;
  readonly clientMetadata: OAuthClientProvider['clientMetadata'];
  readonly #fetch: typeof fetch;

  constructor(method: string, fetchFn: typeof fetch = fetch) {
    this.#fetch = fetchFn;
    this.clientMetadata = {
      redirect_uris: [REDIRECT],
      client_name: 'SDK',
      token_endpoint_auth_method: method,
    };
  }
  clientInformation = () => this.client;
  saveClientInformation = (client: OAuthClientInformationMixed) => void (this.client = client);
  tokens = () => this.saved;
  saveTokens = (tokens: OAuthTokens) => void (this.saved = tokens);
  saveCodeVerifier = (verifier: string) => void (this.verifier = verifier);
  codeVerifier = () => this.verifier;
  redirectToAuthorization = async (url: URL) => {
    const answer = await this.#fetch(url, { redirect: 'manual' });
    this.location = answer.headers.get('location') ?? '';
  };
}

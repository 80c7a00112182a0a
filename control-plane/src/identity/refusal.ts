/** The OAuth error codes that we answer, each with its HTTP status and where it is defined. */
export const OAUTH_ERRORS = {
  invalid_request: 400, // RFC 6749 section 5.2
  invalid_client: 401, // RFC 6749 section 5.2
  invalid_grant: 400, // RFC 6749 section 5.2
  unauthorized_client: 400, // RFC 6749 section 5.2
  unsupported_grant_type: 400, // RFC 6749 section 5.2
  invalid_scope: 400, // RFC 6749 section 5.2
  access_denied: 403, // RFC 6749 section 4.1.2.1
  unsupported_response_type: 400, // RFC 6749 section 4.1.2.1
  server_error: 500, // RFC 6749 section 4.1.2.1
  temporarily_unavailable: 503, // RFC 6749 section 4.1.2.1
  invalid_target: 400, // RFC 8707 section 2
  invalid_redirect_uri: 400, // RFC 7591 section 3.2.2
  invalid_client_metadata: 400, // RFC 7591 section 3.2.2
} as const satisfies Record<string, number>;

export type OAuthErrorCode = keyof typeof OAUTH_ERRORS;

/**
 * An error that an OAuth endpoint answers as RFC 6749 says, instead of by the table of kernel/errors.ts.
 * The description is our own sentence in the characters that RFC 6749 allows; it quotes no input.
 */
export class OAuthRefusal extends Error {
  readonly code: OAuthErrorCode;
  constructor(code: OAuthErrorCode, description: string, options?: ErrorOptions) {
    super(description, options);
    this.name = 'OAuthRefusal';
    this.code = code;
  }

  get status(): number {
    return OAUTH_ERRORS[this.code];
  }

  toAnswer(): { readonly error: OAuthErrorCode; readonly error_description: string } {
    return { error: this.code, error_description: this.message };
  }
}

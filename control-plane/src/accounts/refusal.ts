/** What a person's page can be refused for: its status, and the sentence that they read. */
const REFUSALS = {
  wrong_credentials: [403, 'The name or the password is not right.'],
  too_many_attempts: [429, 'There were too many attempts. Wait a while, then try again.'],
  account_banned: [403, 'This account is closed. Ask the operator of this server.'],
  bad_access_code: [403, 'This access code is not valid, or it has been used. Ask the operator for another.'],
  bad_name: [400, 'A name has 3 to 64 characters: letters, digits and . _ @ + -'],
  bad_password: [400, 'A password has 10 to 256 characters and is not the name.'],
  name_taken: [409, 'This name is taken. Choose another.'],
  no_password: [400, 'This account has no password: it signs in elsewhere.'],
  form_expired: [403, 'This page was open for too long, or cookies are off. Try again.'],
  upstream_failed: [502, 'The sign-in there did not succeed. Try again.'],
  busy: [503, 'Many people are signing in right now. Try again in a few seconds.'],
} as const satisfies Record<string, readonly [number, string]>;

export type RefusalReason = keyof typeof REFUSALS;

/** Why a person cannot have what their form asks for. The sentence never quotes what they sent. */
export class AccountRefusal extends Error {
  override readonly name = 'AccountRefusal';
  readonly reason: RefusalReason;
  /** Seconds to wait, where waiting helps. */
  readonly retryAfterS: number | undefined;
  constructor(reason: RefusalReason, retryAfterS?: number, options?: ErrorOptions) {
    super(REFUSALS[reason][1], options);
    this.reason = reason;
    this.retryAfterS = retryAfterS;
  }

  get status(): number {
    return REFUSALS[this.reason][0];
  }
}

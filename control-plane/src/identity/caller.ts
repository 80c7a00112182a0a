/** Who makes a call: what every edge resolves a bearer token to. */
export interface Caller {
  /** `acc_…`, stable through token refresh. */
  readonly account: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Hash of the token that it showed; what was opened with it ends with it. */
  readonly tokenKey?: string;
}

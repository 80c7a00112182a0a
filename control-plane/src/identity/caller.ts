/** Who makes a call: what every edge resolves a bearer token to. */
export interface Caller {
  /** `acc_…`, stable through token refresh. */
  readonly account: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
}

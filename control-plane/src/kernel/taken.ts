/** What is left of a budget after a take. */
export interface Allowance {
  readonly granted: boolean;
  /** Takes that would be granted at this moment. */
  readonly remaining: number;
  /** s until the whole budget is there again, rounded up. */
  readonly wholeInS: number;
  /** s until the next take is granted, rounded up; 0 where one is granted now. */
  readonly retryAfterS: number;
}

/** An allowance, and of what. */
export interface Taken extends Allowance {
  readonly budget: string;
  /** Takes that the whole budget allows, and in how many s it comes back. */
  readonly quota: number;
  readonly windowS: number;
}

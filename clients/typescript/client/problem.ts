/** A call that failed, told so that a person or a model knows what to do next. */
export class Problem extends Error {
  /**
   * One of the server's codes (docs/errors.md), or UNREACHABLE, BAD_ANSWER, TOKEN_REFUSED, LOCAL; of an agent that
   * listens, also REPLACED and DISCONNECTED.
   */
  readonly code: string;
  /** The step to take. */
  readonly next: string;
  /** Facts beside the sentence, such as `line`, `field` or `retry_after_s`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, next: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'Problem';
    this.code = code;
    this.next = next;
    this.details = details;
  }
}

/** One that goes away by itself: the same call may do later. */
export class PassingProblem extends Problem {}

/** Reads the server's `{error: {code, message, next, …}}`, as frames write it also; undefined for anything else. */
export function problemOf(answer: unknown): Problem | undefined {
  const error = isRecord(answer) ? answer['error'] : undefined;
  if (!isRecord(error) || typeof error['code'] !== 'string') return undefined;
  const { code, message, next, next_action = next, ...details } = error;
  return new Problem(code, String(message), typeof next_action === 'string' ? next_action : '', details);
}

/** The problem of a server that does not answer at all. */
export function unreachable(baseUrl: string, cause: unknown): PassingProblem {
  return new PassingProblem(
    'UNREACHABLE',
    `No server answers at ${baseUrl} (${reasonOf(cause)}).`,
    'Start one with "npm start", or set MCP_BASE_URL to the address of yours.',
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // fetch hides the reason (ECONNREFUSED, a certificate, …) in the cause.
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Primary result codes of SQLite that we act on (https://www.sqlite.org/rescode.html). */
export const SQLITE = {
  busy: 5,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

/** After these nothing that the connection says can be trusted: the process has to start again. */
const FATAL: ReadonlySet<number> = new Set([
  SQLITE.readOnly,
  SQLITE.ioError,
  SQLITE.corrupt,
  SQLITE.cannotOpen,
  SQLITE.notADatabase,
]);

/** The primary result code of an error of node:sqlite, undefined for any other error. */
export function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode & 0xff;
}

/** True where the store cannot go on after this error. */
export function isFatal(error: unknown): boolean {
  if (error instanceof FatalFailure) return true;
  const code = primaryCode(error);
  return code !== undefined && FATAL.has(code);
}

/** A step failed after which the connection's state is not known. */
export class FatalFailure extends Error {}

/** An error in a form that crosses threads: `unavailable` may be tried again, `bug` is our own mistake. */
export interface Failure {
  readonly kind: 'unavailable' | 'bug';
  readonly reason: string;
}

export function toFailure(error: unknown): Failure {
  const ofStore = error instanceof FatalFailure || primaryCode(error) !== undefined;
  return { kind: ofStore ? 'unavailable' : 'bug', reason: messageOf(error) };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

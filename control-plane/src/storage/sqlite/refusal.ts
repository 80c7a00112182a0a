import { CodedError } from '../../kernel/errors.ts';

/** Why a database file is not opened: said to the operator, nothing was written to the file. */
export function refused(path: string, why: string, cause?: unknown): CodedError {
  return new CodedError(
    'STORE_UNAVAILABLE',
    { message: `The store ${path} was not opened: ${why}.` },
    { cause },
  );
}

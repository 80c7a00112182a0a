import { setTimeout } from 'node:timers/promises';
import { MongoBulkWriteError, MongoError, MongoNetworkError, MongoServerError } from 'mongodb';
import { CodedError } from '../../kernel/errors.ts';

/** Error code of a second document under one unique key. */
const DUPLICATE_KEY = 11_000;
/**
 * Codes of a server that stops, starts, or is no longer the primary
 * (https://github.com/mongodb/specifications/blob/master/source/retryable-writes/retryable-writes.md).
 * Servers add the label only where the driver retries.
 */
const RETRYABLE_CODES: ReadonlySet<unknown> = new Set([
  6, 7, 89, 91, 134, 189, 262, 9_001, 10_107, 11_600, 11_602, 13_435, 13_436,
]);
/** Pauses between the tries of a server that starts beside others, ms. */
const PAUSES_MS = [50, 100, 200, 400, 800];
/** What separates a user's name and password from the host in a URL. */
const USER_INFO = /\/\/[^/@\s]*@/g;

/** True where all that went wrong is that others hold the keys. */
export function isDuplicate(error: unknown): boolean {
  if (!(error instanceof MongoServerError)) return false;
  if (!(error instanceof MongoBulkWriteError)) return error.code === DUPLICATE_KEY;
  const failures = [error.writeErrors].flat();
  return failures.length > 0 && failures.every(({ code }) => code === DUPLICATE_KEY);
}

/** True where the same operation may succeed if it is asked for again. */
function isRetryable(error: unknown): boolean {
  if (!(error instanceof MongoError)) return false;
  if (error instanceof MongoNetworkError || RETRYABLE_CODES.has(error.code)) return true;
  return error.hasErrorLabel('RetryableWriteError');
}

/** STORE_UNAVAILABLE for any failure of the driver, with a reason that holds no password. */
function unavailable(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  return new CodedError('STORE_UNAVAILABLE', {}, { cause: new Error(reasonOf(error)) });
}

/** A failure in words, without what a URL may hold before its host. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(USER_INFO, '//');
}

/** Runs an operation of the driver; whatever goes wrong is STORE_UNAVAILABLE. */
export async function asked<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw unavailable(error);
  }
}

/**
 * The same for an operation that may be done twice: it is asked once more where that may help.
 *
 * @param operation told whether it is asked for again: its first answer may have been lost
 */
export function askedTwice<T>(operation: (again: boolean) => Promise<T>): Promise<T> {
  return asked(() =>
    operation(false).catch((error: unknown) => {
      if (!isRetryable(error)) throw error;
      return operation(true);
    }),
  );
}

/**
 * Runs an operation of the driver that may be done more than once, again after growing pauses where that
 * may help.
 *
 * @throws errors of the driver, and of the operation
 */
export async function patiently<T>(operation: () => Promise<T>): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await operation();
    } catch (error) {
      if (!isRetryable(error)) throw error;
      await setTimeout(pauseMs);
    }
  }
  return operation();
}

import { MongoError, MongoNetworkError, MongoServerError } from 'mongodb';
import { CodedError } from '../../kernel/errors.ts';

/** Error code of a second document under one unique key. */
const DUPLICATE_KEY = 11_000;
/** What separates a user's name and password from the host in a URL. */
const USER_INFO = /\/\/[^/@\s]*@/g;

/** True for a document whose key is held by another. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
}

/** True where the same operation may succeed if it is asked for again. */
function isRetryable(error: unknown): boolean {
  if (!(error instanceof MongoError)) return false;
  return error instanceof MongoNetworkError || error.hasErrorLabel('RetryableWriteError');
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

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';

/** Where the operator keeps a certificate and its key. */
export interface PairFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** The bytes of both files, of one moment. */
export interface PairBytes {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** What a TLS server is given. */
export interface TlsOptions extends PairBytes {
  readonly minVersion: 'TLSv1.2';
}

/** A certificate and a key that a server can use together. */
export interface Pair {
  readonly options: TlsOptions;
  readonly certificate: X509Certificate;
}

/** Files that no server can use; the message says which and why, and quotes nothing of them. */
export class TlsFilesError extends Error {
  override readonly name = 'TlsFilesError';
}

/** Reads both files. @throws {TlsFilesError} where one cannot be read */
export async function readPairBytes({ certFile, keyFile }: PairFiles): Promise<PairBytes> {
  const cert = await readSetting('TLS_CERT_FILE', certFile);
  return { cert, key: await readSetting('TLS_KEY_FILE', keyFile) };
}

/** Holds certificate and key against each other. @throws {TlsFilesError} */
export function pairOf(bytes: PairBytes, { certFile, keyFile }: PairFiles): Pair {
  const certificate = parsed(
    () => new X509Certificate(bytes.cert),
    `TLS_CERT_FILE ${certFile} holds no certificate in PEM.`,
  );
  const key: KeyObject = parsed(
    () => createPrivateKey(bytes.key),
    `TLS_KEY_FILE ${keyFile} holds no private key in PEM that needs no passphrase.`,
  );
  if (!certificate.checkPrivateKey(key))
    throw new TlsFilesError(
      `TLS_KEY_FILE ${keyFile} is not the key of the first certificate in TLS_CERT_FILE ${certFile}.`,
    );
  const options: TlsOptions = { ...bytes, minVersion: 'TLSv1.2' };
  parsed(() => createSecureContext(options), `TLS_CERT_FILE ${certFile} is refused by OpenSSL`);
  return { options, certificate };
}

async function readSetting(name: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new TlsFilesError(`${name} ${path} cannot be read (${codeOf(error)}).`);
  }
}

/** An error of OpenSSL's has a code that names the trouble, such as a key that is too short. */
function parsed<T>(make: () => T, trouble: string): T {
  try {
    return make();
  } catch (error) {
    throw new TlsFilesError(trouble.endsWith('.') ? trouble : `${trouble} (${codeOf(error)}).`);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

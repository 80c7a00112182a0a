import type { Logger } from '../kernel/logger.ts';
import {
  type Pair,
  type PairBytes,
  type PairFiles,
  pairOf,
  readPairBytes,
  TlsFilesError,
  type TlsOptions,
} from './pair.ts';

/**
 * The certificate that a server shows, as its files change. Renewals replace the two files one after the
 * other, by name, by symlink or in place, so that for a while they may not fit together: such a state is told
 * and left alone until they fit.
 */
export class ServerCertificate {
  readonly #files: PairFiles;
  readonly #log: Logger;
  #pair: Pair;
  /** The last trouble that was told, so that it is told once. */
  #told = '';

  private constructor(files: PairFiles, log: Logger, pair: Pair) {
    this.#files = files;
    this.#log = log;
    this.#pair = pair;
  }

  /** Reads the files for the first time. @throws {TlsFilesError} where they cannot be used */
  static async open(files: PairFiles, log: Logger): Promise<ServerCertificate> {
    const certificate = new ServerCertificate(files, log, pairOf(await readPairBytes(files), files));
    certificate.#tell('TLS certificate read');
    return certificate;
  }

  /** What the server is to be made with. */
  get options(): TlsOptions {
    return this.#pair.options;
  }

  /**
   * Looks at the files again. They are compared by content: times and sizes may stay as they were.
   *
   * @returns what the server is to show from now on; undefined where nothing is to change
   */
  async look(): Promise<TlsOptions | undefined> {
    try {
      const bytes = await readPairBytes(this.#files);
      if (!same(bytes, this.#pair.options)) {
        this.#pair = pairOf(bytes, this.#files);
        this.#tell('TLS certificate renewed');
        return this.options;
      }
      this.#told = '';
    } catch (error) {
      if (!(error instanceof TlsFilesError)) throw error;
      this.#refuse(error.message);
    }
    return undefined;
  }

  #refuse(reason: string): void {
    if (this.#told === reason) return;
    this.#told = reason;
    this.#log.warn({ reason }, 'changed TLS files not taken: the certificate of before is shown');
  }

  #tell(message: string): void {
    this.#told = '';
    const { subject, validToDate, fingerprint256 } = this.#pair.certificate;
    const fields = { subject, validTo: validToDate.toISOString(), fingerprint256 };
    if (validToDate.getTime() > Date.now()) this.#log.info(fields, message);
    else this.#log.warn(fields, `${message}: it has expired`);
  }
}

function same(a: PairBytes, b: PairBytes): boolean {
  return a.cert.equals(b.cert) && a.key.equals(b.key);
}

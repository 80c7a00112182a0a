/** What was found at a client's address. */
export interface ServedDocument {
  readonly body: Uint8Array;
  /** The answer's Cache-Control (RFC 9111 section 5.2), as it was sent. */
  readonly cacheControl: string | undefined;
}

/** Where documents are read from: public hosts with verified names, no redirects, in bounded time and size. */
export interface DocumentSource {
  /** @throws {DocumentError} */
  read(url: URL): Promise<ServedDocument>;
}

/**
 * Why a document was not read. `away` may be otherwise in a moment; `refused` is what the address says, or
 * what we say to such an address. The message is a sentence of ours that a person may see.
 */
export class DocumentError extends Error {
  readonly kind: 'away' | 'refused';
  constructor(kind: DocumentError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DocumentError';
    this.kind = kind;
  }
}

import {
  DocumentError,
  type DocumentSource,
  type ServedDocument,
} from '../../../control-plane/src/identity/client-documents/source.ts';
import { WebDocuments, type WebDocumentsDeps } from '../../../control-plane/src/egress/web-documents.ts';
import { ROOT } from '../../e2e/support/site.ts';
import { TableResolver } from '../../egress/support.ts';

const CALLBACK = 'https://client.example/callback';

/** The least that a document says. */
export function documentOf(clientId: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    client_id: clientId,
    client_name: 'Client',
    redirect_uris: [CALLBACK],
    token_endpoint_auth_method: 'none',
    ...more,
  };
}

export const bytesOf = (document: unknown): Buffer =>
  Buffer.from(typeof document === 'string' ? document : JSON.stringify(document));

/** What the reader of documents told the operator. */
interface LogLine {
  readonly host?: unknown;
  readonly reason?: unknown;
}

/** A reader of documents that finds site.test on this machine, and trusts the authority of the tests. */
export function localDocuments(deps: Partial<WebDocumentsDeps> = {}) {
  const log: LogLine[] = [];
  const line = (fields: LogLine) => void log.push(fields);
  const resolver = new TableResolver({ 'site.test': [['127.0.0.1']] });
  const documents = new WebDocuments({
    resolver,
    log: { debug: line, info: line, warn: line, error: line },
    allowAddress: (address) => address === '127.0.0.1',
    authorities: ROOT,
    ...deps,
  });
  return { documents, resolver, log };
}

type Served = Record<string, unknown> | string;

/** A source that a test scripts: what stands at an address, whether hosts answer, and when. */
export class ScriptedSource implements DocumentSource {
  /** Addresses that were read, in order. */
  readonly asked: string[] = [];
  /** Reads that were under way at once, at most. */
  most = 0;
  cacheControl: string | undefined;
  /** Thrown instead of an answer. */
  failure: DocumentError | undefined;
  readonly #documents = new Map<string, Served>();
  #gate: Promise<void> | undefined;
  #underWay = 0;

  /** Puts a document where it says it belongs, or at another address. */
  put(document: Served, url = String((document as Record<string, unknown>)['client_id'])): string {
    this.#documents.set(url, document);
    return url;
  }

  /** Puts a valid document at an address. */
  publish(url: string, more: Record<string, unknown> = {}): string {
    return this.put(documentOf(url, more));
  }

  away(): void {
    this.failure = new DocumentError('away', 'The host is away.');
  }

  back(): void {
    this.failure = undefined;
  }

  /** Reads from now on wait until what is returned is called. */
  hold(): () => void {
    const gate = Promise.withResolvers<void>();
    this.#gate = gate.promise;
    return () => {
      this.#gate = undefined;
      gate.resolve();
    };
  }

  async read(url: URL): Promise<ServedDocument> {
    this.asked.push(url.href);
    this.most = Math.max(this.most, ++this.#underWay);
    try {
      await this.#gate;
      if (this.failure) throw this.failure;
      const document = this.#documents.get(url.href);
      if (document === undefined) throw new DocumentError('refused', 'There is no document.');
      return { body: bytesOf(document), cacheControl: this.cacheControl };
    } finally {
      this.#underWay--;
    }
  }
}

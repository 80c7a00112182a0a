import {
  DocumentError,
  type DocumentSource,
  type ServedDocument,
} from '../identity/client-documents/source.ts';
import type { Logger } from '../kernel/logger.ts';
import { withinMs } from '../kernel/within.ts';
import { dial, DialError } from './dial.ts';
import { type Host, parseHost } from './host.ts';
import { type Answer, get, readBody, secure } from './https.ts';
import { type ReachJudge, reachJudge } from './reach.ts';
import type { Resolver } from './resolve.ts';

/** The draft's advice is 5 KiB; ours is wider for documents with many redirect URIs. */
const MAX_BYTES = 10_240;
/** For all of it: a person waits. */
const TIME_LIMIT_MS = 5_000;
const JSON_TYPE = /^application\/(?:json|[a-z0-9!#$&^_.+-]+\+json)[ \t]*(?:;|$)/i;
/** What a host says of itself, not of the document: it may be busy, or keep programs out for now. */
const PASSING = new Set([401, 403, 408, 425, 429]);

export interface WebDocumentsDeps {
  readonly resolver: Resolver;
  readonly log: Logger;
  /** Addresses that may be reached although they are not public. For servers that tests start. */
  readonly allowAddress?: (address: string) => boolean;
  /** PEM of who vouches for hosts; those that Node trusts if left out. */
  readonly authorities?: string | undefined;
  /** For one document, ms. */
  readonly timeLimitMs?: number;
}

/**
 * Reads documents of clients from the web, under the rules by which bots connect: a name is resolved, all
 * its addresses are judged, and one that was judged is dialled.
 */
export class WebDocuments implements DocumentSource {
  readonly #deps: WebDocumentsDeps;
  readonly #mayReach: ReachJudge;
  readonly #timeLimitMs: number;

  constructor(deps: WebDocumentsDeps) {
    this.#deps = deps;
    this.#mayReach = reachJudge(deps.allowAddress);
    this.#timeLimitMs = deps.timeLimitMs ?? TIME_LIMIT_MS;
  }

  async read(url: URL): Promise<ServedDocument> {
    try {
      const host = parseHost(url.hostname);
      if (host?.kind !== 'name') throw refused('The host of the client_id is not a public name.');
      return await withinMs(this.#timeLimitMs, 'Reading the document of a client', (signal) =>
        this.#fetch(url, host, signal),
      );
    } catch (error) {
      // Not the URL: nobody knows what a stranger put into it.
      this.#deps.log.info({ host: url.hostname, reason: reasonOf(error) }, 'document of a client not read');
      throw errorOf(error);
    }
  }

  async #fetch(
    url: URL,
    host: Host & { readonly kind: 'name' },
    signal: AbortSignal,
  ): Promise<ServedDocument> {
    const way = {
      resolver: this.#deps.resolver,
      mayReach: this.#mayReach,
      resolveMs: this.#timeLimitMs,
      connectMs: this.#timeLimitMs,
    };
    const { socket } = await dial(host, Number(url.port || 443), way, signal);
    try {
      const connection = await secure(socket, host.name, this.#deps.authorities, signal);
      const answer = await get(url, 'application/json', connection, signal);
      checkHeader(answer);
      const body = await readBody(answer, MAX_BYTES);
      if (!body) throw refused(`The document of the client is larger than ${MAX_BYTES} bytes.`);
      return { body, cacheControl: answer.headers['cache-control'] };
    } finally {
      socket.destroy();
    }
  }
}

/** Anything but 200 is an error, a redirect too (section 5 of the draft). */
function checkHeader({ statusCode = 0, headers }: Answer): void {
  if (statusCode !== 200) {
    const kind = statusCode >= 500 || PASSING.has(statusCode) ? 'away' : 'refused';
    throw new DocumentError(kind, `The address of the client's document answers with status ${statusCode}.`);
  }
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) {
    throw refused('The document of the client is not of type application/json.');
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw refused('The document of the client is compressed.');
  }
}

function refused(message: string): DocumentError {
  return new DocumentError('refused', message);
}

/** Why a host cannot be reached is not told: it would show the network around this server. */
function errorOf(error: unknown): DocumentError {
  if (error instanceof DocumentError) return error;
  return new DocumentError('away', "The host of the client's document cannot be reached.", { cause: error });
}

/** What the operator is told. */
function reasonOf(error: unknown): string {
  if (error instanceof DialError) return error.outcome;
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error ? String(error.code) : error.message;
}

import type { Clock } from '../../kernel/clock.ts';
import type { ClientMetadata } from '../client-metadata.ts';
import { OAuthRefusal } from '../refusal.ts';
import { parseClientDocument } from './document.ts';
import { FetchBudget } from './fetch-budget.ts';
import { FRESH, freshFor } from './freshness.ts';
import { Recent } from './recent.ts';
import { DocumentError, type DocumentSource } from './source.ts';
import { parseDocumentUrl } from './url.ts';

/** Copies, and addresses that failed, which are remembered; a copy is of some 5 KiB at most. */
const REMEMBERED = 1000;
/**
 * For how long, in ms, an address that failed is not asked again. This holds requests back; it is no cache
 * of errors, which the draft forbids (section 5.2): whoever mends a document waits no longer than this.
 */
const PAUSE = 10_000;

/** A client as its document describes it. */
export interface DocumentedClient {
  readonly metadata: ClientMetadata;
  /** When the document was read, ms since the epoch. */
  readonly readAt: number;
}

interface Copy extends DocumentedClient {
  /** ms since the epoch. */
  readonly freshUntil: number;
}

interface Failure {
  readonly refusal: OAuthRefusal;
  /** ms since the epoch. */
  readonly until: number;
}

/**
 * Clients whose id is the address of a document about them
 * (draft-ietf-oauth-client-id-metadata-document-02). All users of such a client share the document, so it
 * stands for no account.
 */
export class ClientDocuments {
  readonly #source: DocumentSource;
  readonly #clock: Clock;
  readonly #budget: FetchBudget;
  readonly #copies = new Recent<Copy>(REMEMBERED);
  readonly #failures = new Recent<Failure>(REMEMBERED);
  /** Reads under way: who asks meanwhile shares the answer. */
  readonly #asked = new Map<string, Promise<Copy>>();

  constructor(source: DocumentSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
    this.#budget = new FetchBudget(clock);
  }

  /**
   * The client of this id, by a copy that is fresh, or while its host is away by one that is at most a day old.
   *
   * @throws {OAuthRefusal} invalid_client where there is no such client, temporarily_unavailable where that
   *   cannot be known now
   */
  async find(clientId: string): Promise<DocumentedClient> {
    const copy = this.#copies.get(clientId);
    if (copy && this.#clock.now() < copy.freshUntil) return copy;
    return this.#asked.get(clientId) ?? this.#ask(clientId, copy);
  }

  #ask(clientId: string, copy: Copy | undefined): Promise<Copy> {
    const usable = copy && this.#clock.now() < copy.readAt + FRESH.most ? copy : undefined;
    const asked = this.#read(clientId, usable).finally(() => this.#asked.delete(clientId));
    this.#asked.set(clientId, asked);
    return asked;
  }

  /** @param old what may be used where the host is away */
  async #read(clientId: string, old: Copy | undefined): Promise<Copy> {
    const url = parseDocumentUrl(clientId);
    const failure = this.#failures.get(clientId);
    if (failure && this.#clock.now() < failure.until) return oldUnless(failure.refusal, old);
    if (!this.#budget.enter(url.hostname, old !== undefined)) return oldUnless(tooMany(), old);
    try {
      const copy = await this.#fetch(clientId, url);
      this.#copies.set(clientId, copy);
      return copy;
    } catch (error) {
      const refusal = refusalOf(error);
      this.#failures.set(clientId, { refusal, until: this.#clock.now() + PAUSE });
      if (refusal.code === 'invalid_client') this.#copies.delete(clientId);
      return oldUnless(refusal, old);
    } finally {
      this.#budget.leave();
    }
  }

  async #fetch(clientId: string, url: URL): Promise<Copy> {
    const { body, cacheControl } = await this.#source.read(url);
    const metadata = parseClientDocument(clientId, body);
    const readAt = this.#clock.now();
    return { metadata, readAt, freshUntil: readAt + freshFor(cacheControl) };
  }
}

/** The old copy where the refusal does not say that it is out of date. @throws {OAuthRefusal} else */
function oldUnless(refusal: OAuthRefusal, old: Copy | undefined): Copy {
  if (old && refusal.code === 'temporarily_unavailable') return old;
  throw refusal;
}

function refusalOf(error: unknown): OAuthRefusal {
  if (error instanceof OAuthRefusal) return error;
  if (!(error instanceof DocumentError)) throw error;
  const code = error.kind === 'away' ? 'temporarily_unavailable' : 'invalid_client';
  return new OAuthRefusal(code, error.message, { cause: error });
}

function tooMany(): OAuthRefusal {
  return new OAuthRefusal(
    'temporarily_unavailable',
    'Too many documents of clients are being read. Try again in a minute.',
  );
}

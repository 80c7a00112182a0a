import { createHash, type Hash } from 'node:crypto';
import { sha256Hex } from '../kernel/hash.ts';
import type { Counts, Item } from './items.ts';

/** What an archive holds. */
export interface Summary {
  readonly counts: Counts;
  /** Of the lines of its items; a stream's attachments count in the order of their lines' hashes. */
  readonly sha256: string;
}

/** Counts items and hashes their lines: two stores with the same items come to the same. */
export class Tally {
  readonly #hash: Hash = createHash('sha256');
  readonly #counts: { -readonly [K in keyof Counts]: Counts[K] } = {
    streams: 0,
    commits: 0,
    attachments: 0,
    records: 0,
  };
  /** Hashes of the attachments since the last item of another kind: the order they were found in says nothing. */
  #attachments: string[] = [];

  /** @returns the item's line, without its end */
  add(item: Item): string {
    const line = JSON.stringify(item);
    this.addLine(line, item);
    return line;
  }

  addLine(line: string, item: Item): void {
    if (item.type === 'attachment') {
      this.#counts.attachments++;
      this.#attachments.push(sha256Hex(line));
      return;
    }
    this.#flush();
    this.#hash.update(line).update('\n');
    if (item.type === 'stream') this.#counts.streams++;
    else if (item.type === 'commit') this.#counts.commits++;
    else if (item.type === 'record') this.#counts.records++;
  }

  end(): Summary {
    this.#flush();
    return { counts: { ...this.#counts }, sha256: this.#hash.copy().digest('hex') };
  }

  #flush(): void {
    for (const hash of this.#attachments.toSorted()) this.#hash.update(hash).update('\n');
    this.#attachments = [];
  }
}

/** What items come to, read to their end. */
export async function summaryOf(items: AsyncIterable<Item>): Promise<Summary> {
  const tally = new Tally();
  for await (const item of items) tally.add(item);
  return tally.end();
}

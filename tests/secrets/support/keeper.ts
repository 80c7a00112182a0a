/** What secrets of the server look like: tokens, codes and handles, wherever they appear. */
const SHAPES = /mcp_[a-z]{2}_[\w-]{43}|(?:inv|rejoin)_[a-z2-7]{16}_[a-z2-7]{26}/g;

/** A secret, or a text of a person's, that must not be written anywhere. */
interface Kept {
  readonly name: string;
  readonly value: string;
}

/** Remembers every secret that was seen, and finds them in a text. */
export class Keeper {
  readonly #kept = new Map<string, Kept>();

  /** Keeps a secret that does not tell by its shape what it is. @returns it */
  keep(name: string, value: string): string {
    if (value.length < 12) throw new Error(`${name} is too short to be told from other text.`);
    this.#kept.set(value, { name, value });
    return value;
  }

  /** Keeps all that have the shape of a secret. */
  read(text: string): void {
    for (const [value] of text.matchAll(SHAPES)) this.keep(value.slice(0, value.indexOf('_', 4) + 1), value);
  }

  /** What kinds were kept. */
  get kinds(): ReadonlySet<string> {
    return new Set([...this.#kept.values()].map(({ name }) => name.replace(/^(inv|rejoin)_.*/, '$1_')));
  }

  /** Names of the kept ones that a text holds: as they are, in a URL, in a JSON text, or in base 64 or 16. */
  foundIn(text: string): string[] {
    return [...this.#kept.values()]
      .filter(({ value }) => spellings(value).some((spelling) => text.includes(spelling)))
      .map(({ name }) => name);
  }
}

/** Ways in which a value may stand in a text. */
function spellings(value: string): string[] {
  const secretPart = /^(?:mcp_[a-z]{2}|inv_\w{16}|rejoin_\w{16})_(.*)$/.exec(value)?.[1] ?? value;
  const bytes = Buffer.from(secretPart);
  return [
    secretPart,
    encodeURIComponent(value),
    new URLSearchParams({ v: value }).toString().slice(2),
    JSON.stringify(value).slice(1, -1),
    bytes.toString('hex'),
    ...[0, 1, 2].flatMap((offset) => inBase64(bytes, offset)),
  ];
}

/** The characters of base 64 that depend on these bytes alone, wherever in a longer text they stand. */
function inBase64(bytes: Buffer, offset: number): string[] {
  const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
  const from = Math.ceil((offset * 8) / 6);
  const to = Math.floor((padded.length * 8) / 6);
  return (['base64', 'base64url'] as const).map((kind) => padded.toString(kind).slice(from, to));
}

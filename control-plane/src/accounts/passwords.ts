import { argon2, type Argon2Parameters, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AccountRefusal } from './refusal.ts';
import { Turns } from './turns.ts';

const derive = promisify(argon2);

/** OWASP's least for Argon2id: 19 MiB, two passes, one lane. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const TAG_BYTES = 32;
const SALT_BYTES = 16;
/** Each takes 19 MiB and a thread of the pool that files and names share. */
const AT_ONCE = 2;
const WAITING = 32;
/** Characters; longer than any that is taken. Composing takes time by their square: 128,000 take half a minute. */
const LONGEST = 1_000;

const FORMAT = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/;

/** Of no password: checked where there is no account, so that the answer takes as long. */
const DECOY = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** Hashes and checks passwords (Argon2id, RFC 9106), a few at a time. */
export class Passwords {
  readonly #turns = new Turns(AT_ONCE, WAITING);

  /** @returns the hash as a PHC string, which names its own parameters. @throws {AccountRefusal} busy */
  async hash(password: string): Promise<string> {
    const nonce = randomBytes(SALT_BYTES);
    const parameters = {
      memory: MEMORY_KIB,
      passes: PASSES,
      parallelism: LANES,
      tagLength: TAG_BYTES,
      nonce,
    };
    const tag = await this.#derive(password, parameters);
    return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${plain(nonce)}$${plain(tag)}`;
  }

  /**
   * True when the password belongs to the hash. Without a hash, or for a password that is too long to be
   * anybody's, it is false, after as much work.
   *
   * @throws {AccountRefusal} busy
   */
  async verify(stored: string | undefined, password: string): Promise<boolean> {
    const [, memory, passes, parallelism, salt, tag] = FORMAT.exec(stored ?? DECOY) ?? [];
    if (salt === undefined || tag === undefined) throw new Error('A password hash cannot be read.');
    const expected = Buffer.from(tag, 'base64');
    const possible = stored !== undefined && password.length <= LONGEST;
    const found = await this.#derive(password.slice(0, LONGEST), {
      memory: Number(memory),
      passes: Number(passes),
      parallelism: Number(parallelism),
      tagLength: expected.length,
      nonce: Buffer.from(salt, 'base64'),
    });
    return timingSafeEqual(found, expected) && possible;
  }

  #derive(password: string, parameters: Omit<Argon2Parameters, 'message'>): Promise<Buffer> {
    // The same password may reach us composed or decomposed, by the keyboard (RFC 8265 section 4.2.2).
    const message = password.normalize('NFC');
    const work = () => derive('argon2id', { ...parameters, message });
    return this.#turns.run(work, () => new AccountRefusal('busy', 3));
  }
}

function plain(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('=', '');
}

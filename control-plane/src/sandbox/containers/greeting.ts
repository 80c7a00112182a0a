import { randomBytes } from 'node:crypto';
import { HELLO_BYTES, hello, NONCE_BYTES } from './wire.ts';

/** The host's hello, and the runner's answer as it comes in. */
export class Greeting {
  readonly hello = hello(randomBytes(NONCE_BYTES));
  #seen: Buffer = Buffer.alloc(0);

  get isComplete(): boolean {
    return this.#seen.length === HELLO_BYTES;
  }

  /** Takes what belongs to the greeting. @returns the rest @throws {Error} if it is not our hello */
  take(bytes: Buffer): Buffer {
    const missing = HELLO_BYTES - this.#seen.length;
    this.#seen = Buffer.concat([this.#seen, bytes.subarray(0, missing)]);
    if (!this.#seen.equals(this.hello.subarray(0, this.#seen.length)))
      throw new Error('The greeting is wrong.');
    return bytes.subarray(missing);
  }
}

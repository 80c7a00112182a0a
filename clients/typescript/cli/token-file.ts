import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { isRecord, Problem } from '../client/problem.ts';
import { writePrivately } from '../client/private-file.ts';
import type { Registration } from '../client/token.ts';

/** A lock this old was left behind by a client that was killed. */
const LOCK_MS = 60_000;

/** A seat that this client took. */
export interface Seat {
  readonly slot_id: string;
  readonly rejoin_token: string;
}

/** What is kept of one client at one server. */
export interface Kept extends Registration {
  readonly access_token: string;
  /** By channel, the seat taken last first. */
  readonly seats: Readonly<Record<string, readonly Seat[]>>;
}

/** Tokens and seats in a file that only its owner may read, by server and client name. */
export class TokenFile {
  readonly #path: string;
  readonly #key: string;

  constructor(path: string, baseUrl: string, clientName: string) {
    this.#path = path;
    this.#key = `${baseUrl} ${clientName}`;
  }

  /** @throws {Problem} LOCAL for a file that cannot be read or is not one of ours */
  async read(): Promise<Kept | undefined> {
    const kept = (await this.#all())[this.#key];
    return isKept(kept) ? { ...kept, seats: isRecord(kept.seats) ? kept.seats : {} } : undefined;
  }

  /**
   * Replaces this client's part by what is made of it. One process at a time: two terminals that start
   * at once must not register two accounts, nor lose each other's seats.
   */
  async update(change: (kept: Kept | undefined) => Kept | Promise<Kept>): Promise<Kept> {
    const lock = await this.#lock();
    try {
      const kept = await change(await this.read());
      await this.#write(kept);
      return kept;
    } finally {
      await rm(lock, { force: true });
    }
  }

  async #lock(): Promise<string> {
    const lock = `${this.#path}.lock`;
    for (;;) {
      try {
        await writeFile(lock, '', { mode: 0o600, flag: 'wx' });
        return lock;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
          throw this.#problem('cannot be written', error);
      }
      const since = (await stat(lock).catch(() => undefined))?.mtimeMs;
      if (since !== undefined && Date.now() - since > LOCK_MS) await rm(lock, { force: true });
      else await pause(20);
    }
  }

  async #write(kept: Kept): Promise<void> {
    const all = { ...(await this.#all()), [this.#key]: kept };
    try {
      await writePrivately(this.#path, `${JSON.stringify(all, null, 2)}\n`);
    } catch (error) {
      throw this.#problem('cannot be written', error);
    }
  }

  async #all(): Promise<Record<string, unknown>> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw this.#problem('cannot be read', error);
    }
    try {
      const all: unknown = JSON.parse(text);
      if (isRecord(all)) return all;
    } catch {
      // Said below.
    }
    throw this.#problem('is not a token file');
  }

  #problem(what: string, cause?: unknown): Problem {
    const reason = cause instanceof Error ? ` (${cause.message})` : '';
    const next = 'Set MCP_TOKEN_FILE to a file of your own, or move this one away.';
    return new Problem('LOCAL', `The token file ${this.#path} ${what}${reason}.`, next);
  }
}

function isKept(value: unknown): value is Kept {
  return (
    isRecord(value) &&
    ['client_id', 'client_secret', 'access_token'].every((field) => typeof value[field] === 'string')
  );
}

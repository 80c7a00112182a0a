import { register, takeToken } from '../client/oauth.ts';
import { Problem } from '../client/problem.ts';
import { Session } from '../client/session.ts';
import type { Answer, Arguments, ToolName } from '../client/tools.ts';
import type { Settings } from './settings.ts';
import { type Kept, type Seat, TokenFile } from './token-file.ts';

/** This client's account at the server: registers on first use, renews its token, remembers its seats. */
export class Account implements AsyncDisposable {
  readonly #settings: Settings;
  readonly #file: TokenFile;
  #kept: Kept | undefined;
  #session: Session | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    // What a client keeps belongs to its account.
    const name = settings.client?.client_id ?? settings.clientName;
    this.#file = new TokenFile(settings.tokenFile, settings.baseUrl, name);
  }

  /** Calls a tool. @throws {Problem} */
  async call<Name extends ToolName>(name: Name, args: Arguments<Name>): Promise<Answer<Name>> {
    try {
      return await (await this.#open()).call(name, args);
    } catch (error) {
      // A token can be revoked between two calls. The call was refused before it had any effect.
      if (!isRefusal(error)) throw error;
      await this.#session?.[Symbol.asyncDispose]();
      this.#session = undefined;
      return (await this.#open()).call(name, args);
    }
  }

  /** The handle of a seat in the channel: of `slotId`, else of the one taken last; undefined if none is kept. */
  async seat(channelId: string, slotId?: string): Promise<string | undefined> {
    this.#kept ??= await this.#file.read();
    const seats = this.#kept?.seats[channelId] ?? [];
    const seat = slotId === undefined ? seats[0] : seats.find((one) => one.slot_id === slotId);
    if (seat || slotId === undefined) return seat?.rejoin_token;
    throw new Problem(
      'LOCAL',
      `This client keeps no seat ${slotId} in ${channelId}.`,
      `Take it with "join --channel ${channelId} --slot ${slotId}", or name another one.`,
    );
  }

  /** Keeps the handle of a seat for later calls. */
  async remember(channelId: string, seat: Seat): Promise<void> {
    const mine = this.#kept ?? (await this.#file.read());
    if (!mine) return;
    this.#kept = await this.#file.update((kept = mine) => {
      const others = (kept.seats[channelId] ?? []).filter((one) => one.slot_id !== seat.slot_id);
      return { ...kept, seats: { ...kept.seats, [channelId]: [seat, ...others] } };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session?.[Symbol.asyncDispose]();
  }

  async #open(): Promise<Session> {
    if (this.#session) return this.#session;
    const { baseUrl, clientName } = this.#settings;
    const kept = (await this.#file.read()) ?? (await this.#register());
    this.#kept = kept;
    try {
      this.#session = await Session.connect(baseUrl, kept.access_token, clientName);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const renewed = await this.#renew(kept);
      this.#session = await Session.connect(baseUrl, renewed.access_token, clientName);
    }
    return this.#session;
  }

  /** A new token; or the one that another process of this client has fetched meanwhile. */
  async #renew(refused: Kept): Promise<Kept> {
    const { baseUrl } = this.#settings;
    try {
      this.#kept = await this.#file.update(async (kept = refused) =>
        kept.access_token === refused.access_token
          ? { ...kept, access_token: await takeToken(baseUrl, kept) }
          : kept,
      );
      return this.#kept;
    } catch (error) {
      if (!isRefusal(error) || this.#settings.client) throw error;
      this.#settings.warn(
        'The server does not know this client any more: it registers as a new account. ' +
          'Seats are kept; take one over with "join --channel <channel>".',
      );
      return this.#register(refused);
    }
  }

  async #register(unknown?: Kept): Promise<Kept> {
    const { baseUrl, clientName } = this.#settings;
    this.#kept = await this.#file.update(async (kept) => {
      if (kept && kept.client_id !== unknown?.client_id) return kept;
      const client = this.#settings.client ?? (await register(baseUrl, clientName));
      return { ...client, access_token: await takeToken(baseUrl, client), seats: kept?.seats ?? {} };
    });
    return this.#kept;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Problem && (error.code === 'TOKEN_REFUSED' || error.code === 'UNAUTHORIZED');
}

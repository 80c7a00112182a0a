import type { Connection } from '../../../control-plane/src/agents/connection.ts';
import { CodedError } from '../../../control-plane/src/kernel/errors.ts';
import { ManualClock } from '../../support/manual-time.ts';
import { MemoryRecords } from '../../support/memory-records.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { openTown } from './town.ts';

/** Something that one agent does, or that happens around it. */
export interface Step {
  readonly does:
    | 'come'
    | 'go'
    | 'send'
    | 'read'
    | 'connect'
    | 'disconnect'
    | 'listen'
    | 'move'
    | 'restart'
    | 'tell'
    | 'later';
  readonly name: string;
  readonly to?: string;
  readonly key?: string;
  readonly limit?: number;
  readonly acks?: boolean;
}

type Town = ReturnType<typeof openTown>;
type Shown = { readonly message_id: string; readonly from: string; readonly message: unknown };

/** An agent as a reader, from one registration to its end. */
class Reader {
  readonly inbox: string;
  readonly since: number;
  /** In the order in which they first came. */
  readonly seen: string[] = [];
  /** Acknowledged for sure, and shown once more. */
  readonly again: string[] = [];
  /** Shown, not acknowledged, and not shown again since reading began anew. */
  readonly owed = new Set<string>();
  readonly #done = new Set<string>();
  readonly #numbers = new Map<string, number[]>();
  #handed: readonly string[] = [];

  constructor(inbox: string, since: number) {
    this.inbox = inbox;
    this.since = since;
  }

  show(messages: readonly Shown[]): void {
    for (const { message_id, message } of messages) {
      if (this.#done.has(message_id)) this.again.push(message_id);
      this.owed.delete(message_id);
      if (this.seen.includes(message_id)) continue;
      this.seen.push(message_id);
      const [sender = '', number] = String(message).split(' ');
      this.#numbers.set(sender, [...(this.#numbers.get(sender) ?? []), Number(number)]);
    }
    this.#handed = [...this.#handed, ...messages.map(({ message_id }) => message_id)];
  }

  /** All that was shown is acknowledged, and that is written down. */
  acknowledged(): void {
    for (const id of this.#handed) this.#done.add(id);
  }

  /** What is shown from here on begins anew. */
  anew(): void {
    for (const id of this.#handed) if (!this.#done.has(id)) this.owed.add(id);
    this.#handed = [];
  }

  outOfOrder(): unknown[] {
    return [...this.#numbers.values()].filter((numbers) =>
      numbers.some((n, at) => n < (numbers[at - 1] ?? 0)),
    );
  }
}

class Person {
  readonly name: string;
  /** The server that it calls. */
  at: number;
  reader: Reader | undefined;
  cursor: string | undefined;
  line: Connection | undefined;
  /** Numbers what it says, so that readers can tell the order. */
  said = 0;
  /** What it does, one after the other. */
  busy: Promise<void> = Promise.resolve();
  constructor(name: string, at: number) {
    this.name = name;
    this.at = at;
  }
}

/** Agents at two servers over one store, of which each hears of the other's commits only when told. */
export class Play implements AsyncDisposable {
  readonly store = new MemoryStore();
  /** Ids of messages whose senders were answered. */
  readonly answered: string[] = [];
  readonly inboxes: string[] = [];
  readonly #records = new MemoryRecords();
  readonly #clock = new ManualClock();
  readonly #told = [new Set<string>(), new Set<string>()];
  readonly #towns: Town[] = [];
  readonly #people = new Map(['a', 'b', 'c'].map((name, n) => [name, new Person(name, n % 2)]));

  static async begin(): Promise<Play> {
    const play = new Play();
    for (const at of [0, 1]) play.#towns[at] = play.#open(at);
    for (const person of play.#people.values()) await play.#come(person);
    return play;
  }

  #open(at: number): Town {
    const tell = (stream: string) => void this.#told[1 - at]?.add(stream);
    return openTown({ store: this.store, records: this.#records, clock: this.#clock, isShared: true, tell });
  }

  readers(): Reader[] {
    return [...this.#people.values()].flatMap(({ reader }) => reader ?? []);
  }

  /** Everybody does what is theirs in its order, and all do it at once. */
  async together(steps: readonly Step[]): Promise<void> {
    const running = steps.map((step) => {
      const person = this.#people.get(step.name)!;
      person.busy = person.busy.then(() =>
        this.#do(person, step).catch((error: unknown) => {
          if (!(error instanceof CodedError) || error.code === 'STORE_UNAVAILABLE') throw error;
        }),
      );
      return person.busy;
    });
    await Promise.all(running);
  }

  /** Everybody reads to the end, and acknowledges it. */
  async readOut(): Promise<void> {
    for (const person of this.#people.values()) {
      if (!person.reader) continue;
      for (let left = true; left; ) {
        const before = person.reader.seen.length;
        await this.#read(person, 200);
        left = person.reader.seen.length > before;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { line } of this.#people.values()) await line?.[Symbol.asyncDispose]();
  }

  #do(person: Person, step: Step): Promise<void> {
    const { name } = person;
    const client = this.#towns[person.at]!.as(`acc_${name}`);
    switch (step.does) {
      case 'come':
        return this.#come(person);
      case 'go':
        return this.#go(person);
      case 'send':
        return this.#send(person, step);
      case 'read':
        return this.#read(person, step.limit ?? 1);
      case 'connect':
        return this.#connect(person);
      case 'disconnect':
        return this.#disconnect(person);
      case 'listen':
        return this.#listen(person, step.acks ?? false);
      case 'move':
        person.at = 1 - person.at;
        return Promise.resolve();
      case 'restart':
        this.#towns[person.at] = this.#open(person.at);
        return Promise.resolve();
      case 'tell':
        return this.#tell(person.at);
      case 'later':
        this.#clock.forward(2_000);
        return client.list_agents({}).then(() => undefined);
    }
  }

  async #come(person: Person): Promise<void> {
    const { name } = person;
    const town = this.#towns[person.at]!;
    await town.as(`acc_${name}`).register_agent({ agent_id: name, name });
    if (person.reader) return;
    const line = await town.line(name);
    const { inbox, since } = line.agent;
    await line[Symbol.asyncDispose]();
    person.reader = new Reader(inbox, since);
    this.inboxes.push(inbox);
  }

  async #go(person: Person): Promise<void> {
    await this.#towns[person.at]!.as(`acc_${person.name}`).deregister_agent({ agent_id: person.name });
    person.reader = undefined;
    person.cursor = undefined;
    await person.line?.[Symbol.asyncDispose]();
    person.line = undefined;
  }

  async #send(person: Person, { to = 'ALL', key }: Step): Promise<void> {
    if (!person.reader) return;
    const sent = await this.#towns[person.at]!.as(`acc_${person.name}`).send_agent_message({
      from: person.name,
      to,
      message: `${person.reader.inbox} ${++person.said}`,
      ...(key === undefined ? {} : { idempotency_key: `${key} ${person.said}` }),
    });
    this.answered.push(sent.message_id);
  }

  async #read(person: Person, limit: number): Promise<void> {
    const { reader, cursor } = person;
    if (!reader) return;
    const town = this.#towns[person.at]!;
    const more = cursor === undefined ? {} : { cursor };
    if (cursor === undefined) reader.anew();
    const page = await town.as(`acc_${person.name}`).read_inbox({ agent_id: person.name, limit, ...more });
    if (cursor !== undefined) reader.acknowledged();
    reader.show(page.messages);
    person.cursor = page.cursor;
  }

  async #connect(person: Person): Promise<void> {
    if (!person.reader) return;
    const before = person.line;
    person.cursor = undefined;
    person.reader.anew();
    person.line = await this.#towns[person.at]!.line(person.name);
    await before?.[Symbol.asyncDispose]();
  }

  async #disconnect(person: Person): Promise<void> {
    await person.line?.[Symbol.asyncDispose]();
    person.line = undefined;
  }

  async #listen({ line, reader, cursor }: Person, acks: boolean): Promise<void> {
    // Who reads by calls as well acknowledges by them.
    if (!line || !reader || cursor !== undefined) return;
    const next = await line.next(AbortSignal.abort());
    if (typeof next === 'string') return;
    reader.show(next);
    const last = next.at(-1);
    if (!last || !acks) return;
    line.acknowledge(last.cursor);
    await line.flush();
    reader.acknowledged();
  }

  async #tell(at: number): Promise<void> {
    const streams = [...this.#told[at]!];
    this.#told[at]!.clear();
    for (const stream of streams) await this.#towns[at]!.agents.hear(stream);
  }
}

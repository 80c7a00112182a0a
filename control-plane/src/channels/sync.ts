import type { Caller } from '../identity/caller.ts';
import { CodedError } from '../kernel/errors.ts';
import type { CallContext, InputOf, OutputOf } from '../kernel/operation.ts';
import type { Stream } from '../log/stream.ts';
import { resolveReader } from './access.ts';
import { roomBeside, tokenBudget } from '../kernel/answer-size.ts';
import { BoundedMessages } from './bounded.ts';
import type { ChannelDeps } from './deps.ts';
import type { syncMessages } from './operations/messages.ts';
import type { ChannelState } from './state.ts';
import { channelView, NOTICE, youOf } from './view.ts';
import { entriesAfter, isVisible, shownTo } from './visible.ts';

type Input = InputOf<typeof syncMessages>;
type Output = OutputOf<typeof syncMessages>;

const PROGRESS_MS = 10_000;

/** Messages after a cursor; parks until there is one to see, never polls. */
export async function sync(
  deps: ChannelDeps,
  caller: Caller,
  input: Input,
  context: CallContext,
): Promise<Output> {
  const { channel_id } = input;
  const start = input.cursor ?? 0;
  const opened = await deps.streams.open(channel_id);
  resolveReader(opened.state, caller.account, input.seat);
  if (start >= opened.folded.nextId) throw new CodedError('BAD_CURSOR', { field: 'cursor' });
  const room = roomBeside(channelView(opened.state));
  const reader = new Reader(deps, caller, input, start, room);
  const ended = deps.metrics.waiter();
  const stopProgress = reportProgress(context, input.timeout_ms);
  try {
    // Nothing lies between opening the stream and listening for its commits, so none is missed.
    let first: Stream<ChannelState> | undefined = opened;
    const check = () => {
      const stream = first ?? deps.streams.known(channel_id);
      first = undefined;
      return reader.read(stream);
    };
    // Cut short, as by a server that stops, it answers with what it has: the cursor goes on elsewhere.
    await deps.streams.wait(channel_id, check, input.timeout_ms, context.signal);
    return await reader.answer();
  } finally {
    stopProgress();
    ended();
  }
}

/** One call's way through the entries: what was looked at once is not read again. */
class Reader {
  readonly #deps: ChannelDeps;
  readonly #caller: Caller;
  readonly #input: Input;
  readonly #bounded: BoundedMessages;
  #cursor: number;
  #hasMore = false;

  /** @param room bytes that the messages may take, whatever was asked for */
  constructor(deps: ChannelDeps, caller: Caller, input: Input, start: number, room: number) {
    this.#deps = deps;
    this.#caller = caller;
    this.#input = input;
    this.#cursor = start;
    this.#bounded = new BoundedMessages(input.limit, Math.min(tokenBudget(input.max_tokens), room));
  }

  /** Reads on; true once there is something to answer. Who may read is decided each time. */
  async read(known: Stream<ChannelState> | Promise<Stream<ChannelState>>): Promise<true | undefined> {
    const stream = await known;
    const { state } = stream;
    const access = resolveReader(state, this.#caller.account, this.#input.seat);
    for await (const caused of entriesAfter(this.#deps.streams, stream, this.#cursor)) {
      const { entry } = caused;
      if (isVisible(caused, access)) {
        const offset = this.#bounded.messages.length === 0 ? this.#input.body_offset : undefined;
        if (!this.#bounded.add(shownTo(this.#caller.account, state, caused), offset)) {
          this.#hasMore = true;
          break;
        }
      }
      this.#cursor = entry.id;
    }
    return this.#bounded.messages.length > 0 ? true : undefined;
  }

  async answer(): Promise<Output> {
    const { folded } = await this.#deps.streams.known(this.#input.channel_id);
    const access = resolveReader(folded.state, this.#caller.account, this.#input.seat);
    const { messages } = this.#bounded;
    return {
      messages,
      cursor: this.#cursor,
      head: folded.nextId - 1,
      has_more: this.#hasMore,
      view: channelView(folded.state),
      ...youOf(access),
      notice: NOTICE,
    };
  }
}

function reportProgress({ progress }: CallContext, totalMs: number): () => void {
  if (!progress) return () => {};
  let waited = 0;
  const timer = setInterval(() => {
    waited += PROGRESS_MS;
    progress(waited, totalMs);
  }, PROGRESS_MS);
  return () => clearInterval(timer);
}

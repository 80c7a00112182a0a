import type { AgentClient } from '../agent/agent-client.ts';
import type { AgentMessage } from '../agent/messages.ts';
import type { Transcript } from '../demo/transcript.ts';
import { TASK, TEXT } from './task.ts';

/** Alpha: proposes the task, and gives it to who accepts first. */
export class Proposer {
  /** What the one who did the task answered. */
  readonly result: Promise<unknown>;
  readonly #alpha: AgentClient;
  readonly #transcript: Transcript;
  readonly #finish: (result: unknown) => void;
  /** Who does the task. */
  #chosen: string | undefined;
  #proposalId: string | undefined;

  constructor(alpha: AgentClient, transcript: Transcript) {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.result = promise;
    this.#finish = resolve;
    this.#alpha = alpha;
    this.#transcript = transcript;
  }

  /** @returns how many agents were told */
  async propose(to: string): Promise<number> {
    this.#proposalId = crypto.randomUUID();
    const proposal = { type: 'task_proposal', task: TASK, proposal_id: this.#proposalId } as const;
    return (await this.#alpha.sendMessage(to, proposal)).recipients;
  }

  readonly handle = async (received: AgentMessage): Promise<void> => {
    const { from } = received;
    const isAccept = received.type === 'task_accept' && received.message.proposal_id === this.#proposalId;
    if (isAccept && this.#chosen === undefined) {
      this.#chosen = from;
      this.#transcript.say(`Alpha hears that it is accepted, and sends the text.`);
      const request = { type: 'request', action: TASK, params: { text: TEXT } } as const;
      await this.#alpha.sendMessage(from, { ...request, correlation_id: crypto.randomUUID() });
    } else if (received.type === 'response' && from === this.#chosen) {
      this.#finish(received.message['words']);
    }
  };
}

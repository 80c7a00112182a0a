import type { AgentClient } from '../agent/agent-client.ts';
import type { AgentMessage } from '../agent/messages.ts';
import type { Transcript } from '../demo/transcript.ts';
import { repeatedWords, TASK } from './task.ts';

/** Beta: accepts the task that it can do, and does it when it is asked to. */
export function worker(beta: AgentClient, transcript: Transcript) {
  return async (received: AgentMessage): Promise<void> => {
    const { from, message_id } = received;
    if (received.type === 'task_proposal' && received.message.task === TASK) {
      transcript.say(`Beta hears of the task "${TASK}", can do it, and accepts.`);
      const proposal_id = received.message.proposal_id ?? message_id;
      await beta.sendMessage(from, { type: 'task_accept', task: TASK, proposal_id });
    } else if (received.type === 'request' && received.message.action === TASK) {
      const { correlation_id, params } = received.message;
      const words = repeatedWords(String(params?.['text']));
      transcript.say(`Beta reads the text, and answers: ${words.join(', ')}.`);
      await beta.sendMessage(from, { type: 'response', correlation_id, ok: true, words });
    }
  };
}

import { AgentClient } from '../agent/agent-client.ts';
import { Problem } from '../client/problem.ts';
import { check } from '../demo/check.ts';
import type { Transcript } from '../demo/transcript.ts';
import { Proposer } from './proposer.ts';
import { repeatedWords, TASK, TEXT } from './task.ts';
import { worker } from './worker.ts';

const LONGEST_MS = 60_000;

/**
 * Alpha and Beta, two agents that share nothing, agree on a task and finish it.
 *
 * @throws {Problem} where the server refuses a call
 * @throws {CheckFailed} where something that was to be shown does not hold
 */
export async function tell(serverUrl: string, transcript: Transcript): Promise<void> {
  transcript.title(`Two agents agree on a task and finish it, at ${serverUrl}`);
  transcript.chapter('Two agents register');
  const client = (name: string, ...capabilities: string[]) =>
    new AgentClient({ serverUrl, name, sessionId: crypto.randomUUID(), capabilities });
  await using alpha = client('Alpha', 'planning');
  await using beta = client('Beta', TASK);
  for (const agent of [alpha, beta]) await agent.register();
  transcript.value('Alpha is', alpha.agentId);
  transcript.value('Beta is', beta.agentId);
  const able = await alpha.listAgents({ capability: TASK, status: 'active', limit: 500 });
  const found = able.agents.some(({ agent_id }) => agent_id === beta.agentId);
  check(found, 'Alpha finds Beta by what it can do.');
  transcript.say(`Alpha asks the server who can do "${TASK}", and finds Beta.`);

  transcript.chapter('A task is proposed, accepted and done');
  const result = await agree(alpha, beta, transcript);
  check(JSON.stringify(result) === JSON.stringify(repeatedWords(TEXT)), 'The answer is right.');
  transcript.say('Alpha has the answer, looks for itself, and finds it right.');

  transcript.chapter('Both leave');
  for (const agent of [alpha, beta]) await agent.deregister();
  transcript.say('Their names are free again.');
  transcript.end('The task was proposed, accepted and finished, and every check holds.');
}

/** Both listen until the task is done. @returns what Beta answered */
async function agree(alpha: AgentClient, beta: AgentClient, transcript: Transcript): Promise<unknown> {
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(LONGEST_MS)]);
  const proposer = new Proposer(alpha, transcript);
  const listening = Promise.all([
    alpha.listen(proposer.handle, { signal }),
    beta.listen(worker(beta, transcript), { signal }),
  ]);
  const recipients = proposer.propose(beta.agentId);
  transcript.say(`Alpha proposes it to Beta; both listen over a WebSocket each.`);
  check((await recipients) === 1, 'The proposal is for Beta alone.');
  try {
    return await Promise.race([proposer.result, listening.then(() => tooLate())]);
  } finally {
    done.abort();
    await listening;
  }
}

function tooLate(): never {
  const next = 'See what the server logs.';
  throw new Problem('LOCAL', `The task was not done within ${LONGEST_MS / 1_000} s.`, next);
}

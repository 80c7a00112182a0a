import { pathsOf } from '../../../control-plane/src/http/operations.ts';
import { ALL_OPERATIONS } from '../../../control-plane/src/http/operations.ts';
import { openSocket } from '../../agents/support/socket.ts';
import type { World } from './world.ts';

type Arguments = Readonly<Record<string, string>>;

const HOST = { host: 'play.example' };

/** Arguments of each call; `sent` is a message that `owned` has sent. */
const ARGUMENTS: Readonly<Record<string, (sent: string) => Arguments>> = {
  'register_agent again': () => ({ agent_id: 'owned', name: 'Owned' }),
  'register_agent another': () => ({ agent_id: 'another', name: 'Another' }),
  list_agents: () => ({}),
  'send_agent_message from it': () => ({ from: 'owned', to: 'ALL', message: 'x' }),
  'send_agent_message to it': () => ({ to: 'owned', message: 'x' }),
  'send_agent_message to nobody': () => ({ to: 'nobody', message: 'x' }),
  'read_inbox of it': () => ({ agent_id: 'owned' }),
  'read_inbox of nobody': () => ({ agent_id: 'nobody' }),
  'read_inbox of its own': () => ({}),
  'message_receipt of what it sent': (message_id) => ({ message_id }),
  'message_receipt as it': (message_id) => ({ agent_id: 'owned', message_id }),
  'dead_letters of it': () => ({ agent_id: 'owned' }),
  'issue_ticket for it': () => ({ agent_id: 'owned' }),
  'deregister_agent it': () => ({ agent_id: 'owned' }),
};

/** Makes a call of the matrix in a world in which the member has the agent `owned`: `ok`, or how it was refused. */
export async function callAgents(world: World, call: string, token: string | undefined): Promise<string> {
  const owner = world.tokens.member;
  await send(world, 'register_agent', { agent_id: 'owned', name: 'Owned' }, owner);
  const { message_id } = await send(world, 'send_agent_message', { to: 'owned', message: 'x' }, owner);
  if (call === 'open its socket') return open(world, token);
  const [name = ''] = call.split(' ');
  const answer = await send(world, name, ARGUMENTS[call]?.(String(message_id)) ?? {}, token);
  return String((answer['error'] as { code?: string } | undefined)?.code ?? 'ok');
}

async function send({ app }: World, name: string, args: Arguments, token: string | undefined) {
  const operation = ALL_OPERATIONS.find((candidate) => candidate.name === name);
  if (!operation) throw new Error(`There is no ${name}.`);
  const [url] = pathsOf(operation);
  const headers = { ...HOST, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const query = new URLSearchParams(args);
  const answer = await app.inject(
    operation.method === 'GET'
      ? { method: 'GET', url: `${url}?${query.toString()}`, headers }
      : { method: 'POST', url, headers, payload: args },
  );
  return answer.json() as Record<string, unknown>;
}

async function open({ app }: World, token: string | undefined): Promise<string> {
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  try {
    await using line = await openSocket(url, '/ws/owned', token);
    return line.socket.readyState === line.socket.OPEN ? '101' : 'closed';
  } catch (error) {
    return /refused with (\d+)/.exec(String(error))?.[1] ?? String(error);
  }
}

import { expect, it } from 'vitest';
import { readResource } from '../../control-plane/src/http/mcp/resources.ts';
import { callsIn } from './doc-examples.ts';
import { startModels, type ToolName } from './support.ts';

it('the calls of doc://agents work in their order, and lead two strangers into a channel', async () => {
  await using models = await startModels();
  const [alice, bob] = [models.as('alice'), models.as('bob')];
  const { agent_id: peer } = await bob.call('read_inbox');
  const { agent_id: name } = await alice.call('read_inbox');
  await bob.call('send_agent_message', { to: name, message: 'hello' });
  const slots = ['invite:alice', 'invite:bob'];
  const { invites } = await alice.call('create_channel', { name: 'Play', slots });

  let cursor = '';
  const called: string[] = [];
  for (const call of callsIn(readResource('doc://agents')?.text ?? '')) {
    const args = JSON.parse(call.args.replace('alpha-01RXGe86', peer).replace('inv_…', invites[1]));
    if ('cursor' in args) args.cursor = cursor;
    const wait = 'timeout_ms' in args ? { timeout_ms: 0 } : {};
    const answer = await alice.call(call.name as ToolName, { ...args, ...wait });
    cursor = (answer['cursor'] as string | undefined) ?? cursor;
    called.push(call.name);
  }
  expect([...new Set(called)]).toEqual(['list_agents', 'send_agent_message', 'read_inbox']);
  // Everything was acknowledged on the way.
  expect((await alice.call('read_inbox'))['messages']).toEqual([]);

  const { messages } = await bob.call('read_inbox');
  expect(messages.map(({ type }: { type: string }) => type)).toEqual([
    'text',
    'task_proposal',
    'task_proposal',
  ]);
  const { invite_code } = messages[2].message;
  const joined = await bob.call('join_channel', { invite_code });
  expect(joined).toMatchObject({ slot_id: 's1' });
});

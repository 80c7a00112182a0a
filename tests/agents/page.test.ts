import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { startTestServer } from '../support/server.ts';
import { runJson } from './support/examples.ts';

const PAGE = new URL('../../docs/agents.md', import.meta.url);

it('the commands of docs/agents.md work one after the other as they stand', { timeout: 60_000 }, async () => {
  await using server = await startTestServer();
  const page = await readFile(PAGE, 'utf8');
  const blocks = [...page.matchAll(/^```bash\n(.*?)^```/gms)].map(([, block = '']) => block);
  const answers: Record<string, unknown>[] = [];
  let setup = '';
  for (const block of blocks) {
    // A reader puts in what they were answered last.
    if (block.startsWith('TOKEN=')) setup = block.replace('mcp_at_…', String(answers.at(-1)?.['token']));
    else {
      const command = block.replace('localhost:8100', new URL(server.url).host);
      answers.push(await runJson(server.url, `${setup}${command}`));
    }
  }
  expect(answers).toMatchObject([
    { success: true, agent_id: 'alpha-01RXGe86' },
    { success: true, agent_id: 'beta-01TYEi4M', peers: [{ agent_id: 'alpha-01RXGe86', status: 'active' }] },
    { success: true, receipt: 'stored', to: 'alpha-01RXGe86', recipients: 1 },
    { messages: [], has_more: false },
  ]);
});

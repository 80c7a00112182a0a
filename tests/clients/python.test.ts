import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingPythonTools } from '../support/python-tools.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { tempDir } from '../support/temp-dir.ts';
import { CLIENT, PythonPackage } from './support/python-package.ts';

const missing = missingPythonTools();

describe.skipIf(missing)('the Python client, installed by pip', () => {
  const stack = new AsyncDisposableStack();
  let server: TestServer;
  let python: PythonPackage;

  beforeAll(async () => {
    [server, python] = await Promise.all([startTestServer(), PythonPackage.install()]);
    stack.use(server);
    stack.use(python);
  });
  afterAll(() => stack.disposeAsync());

  it('passes its own tests against a server, and skips none', { timeout: 60_000 }, async () => {
    const plugins = ['-p', 'pytest_asyncio.plugin', '-p', 'no:cacheprovider'];
    const ran = await python.run(['-m', 'pytest', '-q', ...plugins], {
      MCP_SERVER_URL: server.url,
      // Those of other programs beside it are none of its business.
      PYTEST_DISABLE_PLUGIN_AUTOLOAD: '1',
    });
    expect(ran.code, ran.out + ran.err).toBe(0);
    const [, passed] = /^(\d+) passed in /m.exec(ran.out) ?? [];
    expect(Number(passed), ran.out).toBeGreaterThan(0);
  });

  it('is typed throughout, as are its tests and examples', { timeout: 60_000 }, async () => {
    await using cache = await tempDir();
    const ran = await python.run(['-m', 'mypy', '--strict', '--cache-dir', cache.path, '.'], {});
    expect(ran.code, ran.out + ran.err).toBe(0);
    expect(ran.out).toMatch(/no issues found in \d+ source files/);
  });

  it('runs a task of two agents from the proposal to its result', async () => {
    const { code, out, err } = await python.run(['examples/two_agents.py', server.url], {});
    expect(code, err).toBe(0);
    expect(out.trim().split('\n')).toEqual([
      'Planner proposed code_review to Worker',
      'Worker accepted code_review',
      'Planner was told: p-1 is accepted',
      'Planner was told: 1 file reviewed, nothing to mend',
      'Done: the task is finished, and both agents have left.',
    ]);
  });

  it('runs the example of its page, which hears that its proposal is accepted', async () => {
    const page = await readFile(`${CLIENT}/README.md`, 'utf8');
    const [, example = ''] = /```python\n(.*?)```/s.exec(page) ?? [];
    const peer = await register(server.url, 'reviewer');
    const text = example.replace('http://localhost:8100', server.url);
    const session = { CLAUDE_SESSION_ID: '01TYEi4Mjf2Tft2SWjjVtdQ3' };
    const proposer = 'instance-alpha-01TYEi4M';
    {
      await using script = await python.script(text, session);
      const [proposal] = await peer.read();
      expect(proposal).toMatchObject({
        from: proposer,
        to: 'ALL',
        message: { type: 'task_proposal', task: 'code_review', files: ['src/main.py', 'src/utils.py'] },
      });
      await peer.send(proposer, { type: 'task_accept', proposal_id: proposal?.message_id });
      expect(await script.lines.next()).toMatchObject({ value: 'reviewer accepted task!' });
    }
    // Started again with its session, it is the same agent.
    await peer.send(proposer, { type: 'task_accept', proposal_id: 'while it was away' });
    await using again = await python.script(text, session);
    expect(await again.lines.next()).toMatchObject({ value: 'reviewer accepted task!' });
  });
});

interface Envelope {
  readonly message_id: string;
  readonly from: string;
}

/** An agent over plain HTTP. */
async function register(url: string, agent_id: string) {
  let authorization: Record<string, string> = {};
  const call = async (path: string, body?: unknown) => {
    const headers = { ...authorization, ...(body ? { 'content-type': 'application/json' } : {}) };
    const answer = await fetch(url + path, {
      headers,
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    });
    return (await answer.json()) as { readonly token: string; readonly messages: readonly Envelope[] };
  };
  const { token } = await call('/api/v1/agents/register', { agent_id, name: agent_id });
  authorization = { authorization: `Bearer ${token}` };
  return {
    read: async () => (await call(`/api/v1/messages?agent_id=${agent_id}&timeout_ms=20000`)).messages,
    send: (to: string, message: object) => call('/api/v1/messages', { from: agent_id, to, message }),
  };
}

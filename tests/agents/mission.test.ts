import { expect, it } from 'vitest';
import { startTestServer } from '../support/server.ts';
import { runCommand, runJson, runScript } from './support/examples.ts';

/** The calls that the project was asked for, in their own words; runCommand says what is changed in them. */
const REGISTER = `curl -X POST http://localhost:8080/api/v1/agents/register \\
  -H "Content-Type: application/json" \\
  -d '{
    "agent_id": "beta-01TYEi4M",
    "session_id": "01TYEi4Mjf2Tft2SWjjVtdQ3",
    "name": "Beta",
    "capabilities": ["detection", "analysis"]
  }'`;
const REGISTER_ALPHA = `curl -X POST http://localhost:8080/api/v1/agents/register \\
  -H "Content-Type: application/json" \\
  -d '{
    "agent_id": "alpha-01RXGe86",
    "session_id": "01RXGe86WesQ8yxBsVwvKvdc",
    "name": "Alpha",
    "capabilities": ["detection"]
  }'`;
const SEND = `curl -X POST http://localhost:8080/api/v1/messages \\
  -H "Content-Type: application/json" \\
  -d '{
    "from": "beta-01TYEi4M",
    "to": "alpha-01RXGe86",
    "message": "Hello Alpha!"
  }'`;
/** The same from Alpha to Beta. */
const SEND_BACK = `curl -X POST http://localhost:8080/api/v1/messages \\
  -H "Content-Type: application/json" \\
  -d '{
    "from": "alpha-01RXGe86",
    "to": "beta-01TYEi4M",
    "message": "Hello Beta!"
  }'`;
const LIST = 'curl http://localhost:8080/api/v1/agents';
const READ = 'curl "http://localhost:8080/api/v1/messages?agent_id=beta-01TYEi4M&limit=50"';
const HEALTH = 'curl http://localhost:8080/health';
const METRICS = 'curl http://localhost:8080/metrics';
const LISTEN = `const ws = new WebSocket('ws://localhost:8080/ws/beta-01TYEi4M');

ws.onmessage = (event) => {
  const message = JSON.parse(event.data);
  console.log('Received:', message);
};

// Send heartbeat every 30 seconds
setInterval(() => {
  ws.send(JSON.stringify({type: 'heartbeat'}));
}, 30000);
`;

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** A server with Alpha, whom the examples expect there. */
async function startWithAlpha() {
  const server = await startTestServer();
  const alpha = await runJson(server.url, REGISTER_ALPHA);
  return {
    url: server.url,
    alpha: String(alpha['token']),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

it('every call of the mission is answered as the mission shows', { timeout: 60_000 }, async () => {
  await using town = await startWithAlpha();
  const { url, alpha } = town;
  // Alone: what the mission shows is a list of one.
  expect(await runJson(url, LIST, alpha)).toMatchObject({
    agents: [
      {
        agent_id: 'alpha-01RXGe86',
        session_id: '01RXGe86WesQ8yxBsVwvKvdc',
        name: 'Alpha',
        status: 'active',
        capabilities: ['detection'],
        last_heartbeat: expect.stringMatching(ISO_TIME),
      },
    ],
    total: 1,
  });
  const registered = await runJson(url, REGISTER);
  expect(registered).toMatchObject({
    success: true,
    agent_id: 'beta-01TYEi4M',
    websocket_url: '/ws/beta-01TYEi4M',
    peers: [{ agent_id: 'alpha-01RXGe86', name: 'Alpha', status: 'active' }],
  });
  const beta = String(registered['token']);
  expect(await runJson(url, SEND, beta)).toMatchObject({ success: true, to: 'alpha-01RXGe86' });
  expect(await runJson(url, SEND_BACK, alpha)).toMatchObject({ success: true, to: 'beta-01TYEi4M' });
  expect(await runJson(url, READ, beta)).toMatchObject({
    messages: [{ from: 'alpha-01RXGe86', to: 'beta-01TYEi4M', message: 'Hello Beta!' }],
    has_more: false,
  });
});

it('its page of JavaScript hears messages, and its heartbeat is answered', { timeout: 60_000 }, async () => {
  await using town = await startWithAlpha();
  const { url, alpha } = town;
  const beta = String((await runJson(url, REGISTER))['token']);
  const ask = `curl -X POST http://localhost:8080/api/v1/tickets -H "Content-Type: application/json" -d '{"agent_id": "beta-01TYEi4M"}'`;
  const { ticket } = await runJson(url, ask, beta);
  await using script = runScript(url, LISTEN, String(ticket));
  await runCommand(url, SEND_BACK, alpha);
  await script.line('Received: {');
  expect(await script.line('Hello Beta!')).toContain('message:');
  expect(await script.line("type: 'heartbeat'")).toContain('ts:');
});

it('what it says to look at in trouble tells of the trouble', { timeout: 60_000 }, async () => {
  await using town = await startWithAlpha();
  const { url, alpha } = town;
  expect(await runJson(url, HEALTH)).toMatchObject({ status: 'ok' });
  expect(await runCommand(url, METRICS)).toMatch(/^# HELP .+\n# TYPE \S+ (counter|gauge|histogram)$/m);
  // A name that is not unique, and a recipient who is not there.
  expect(await runJson(url, REGISTER_ALPHA)).toMatchObject({ error: { code: 'AGENT_TAKEN' } });
  const beta = String((await runJson(url, REGISTER))['token']);
  expect((await runJson(url, LIST, beta))['agents']).toMatchObject([
    { agent_id: 'alpha-01RXGe86', status: 'active' },
    { agent_id: 'beta-01TYEi4M', status: 'active' },
  ]);
  const nobody = SEND.replace('alpha-01RXGe86', 'gamma');
  expect(await runJson(url, nobody, beta)).toMatchObject({ error: { code: 'AGENT_NOT_FOUND', field: 'to' } });
  // What was written to Alpha waits for it, as nobody listens.
  await runCommand(url, SEND, beta);
  const queue = READ.replace('beta-01TYEi4M', 'alpha-01RXGe86');
  expect((await runJson(url, queue, alpha))['messages']).toMatchObject([{ message: 'Hello Alpha!' }]);
});

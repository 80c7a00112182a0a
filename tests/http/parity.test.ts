import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../control-plane/src/channels/operations/index.ts';
import { AUTH, CHANNEL, fakeHandlers, startApp } from './support.ts';
import { lastData, legacyCall, modernRequest } from './wire.ts';

const METHOD_OF = new Map(OPERATIONS.map(({ name, method }) => [name as string, method]));
const ID = `"channel_id":"${CHANNEL}"`;
const deep = `${'['.repeat(70)}${']'.repeat(70)}`;

/** Operation, wrong arguments as JSON text, the field that is to be named; and the code, unless INVALID_REQUEST. */
const WRONG: readonly (readonly [string, string, string, string?])[] = [
  ['create_channel', '{}', 'name'],
  ['create_channel', '{"name":"","slots":["bot:a"]}', 'name'],
  ['create_channel', `{"name":"${'n'.repeat(101)}","slots":["bot:a"]}`, 'name'],
  ['create_channel', '{"name":7,"slots":["bot:a"]}', 'name'],
  ['create_channel', '{"name":"n"}', 'slots'],
  ['create_channel', '{"name":"n","slots":[]}', 'slots'],
  ['create_channel', '{"name":"n","slots":"bot:a"}', 'slots'],
  ['create_channel', '{"name":"n","slots":["bot:a",7]}', 'slots.1'],
  ['create_channel', '{"name":"n","slots":["a"],"visibility":"secret"}', 'visibility'],
  ['create_channel', '{"name":"n","slots":["a"],"strict_seats":"true"}', 'strict_seats'],
  ['create_channel', '{"name":"n","slots":["a"],"bot_params":[]}', 'bot_params'],
  ['create_channel', '{"name":"n","slots":["a"],"bots":[{"env":{"A":1}}]}', 'bots.0.env.A'],
  ['create_channel', '{"name":"n","slots":["a"],"bots":[{"network":"lan"}]}', 'bots.0.network'],
  ['create_channel', '{"name":"n","slots":["a"],"bots":[{"network":[""]}]}', 'bots.0.network.0'],
  ['create_channel', '{"name":"n","slots":["a"],"invite_ttl_s":0}', 'invite_ttl_s'],
  ['create_channel', '{"name":"n","slots":["a"],"colour":"red"}', 'colour'],
  ['create_channel', '{"name":"n","slots":["a"],"__proto__":{"name":"x"}}', '*'],
  ['create_channel', '{"name":"n","slots":["a"],"a b\\u0000":1}', '*'],
  ['join_channel', '{"invite_code":""}', 'invite_code'],
  ['join_channel', '{"slot_id":"s32"}', 'slot_id'],
  ['join_channel', '{"channel_id":"chn_x"}', 'channel_id'],
  ['post_message', `{${ID}}`, 'body'],
  ['post_message', `{${ID},"body":7}`, 'body'],
  ['create_channel', '{"name":null,"slots":["bot:a"]}', 'name'],
  ['post_message', `{${ID},"body":["x"]}`, 'body'],
  ['post_message', `{${ID},"body":"x","wait_ms":30001}`, 'wait_ms'],
  ['post_message', `{${ID},"body":"x","wait_ms":-1}`, 'wait_ms'],
  ['post_message', `{${ID},"body":"x","wait_ms":1.5}`, 'wait_ms'],
  ['post_message', `{${ID},"body":"x","idempotency_key":""}`, 'idempotency_key'],
  ['dm_bot', `{${ID},"message":"x"}`, 'bot_id'],
  ['sync_messages', '{}', 'channel_id'],
  ['sync_messages', '{"channel_id":"chn_AAAABBBBCCCCDDDD"}', 'channel_id'],
  ['sync_messages', `{${ID},"cursor":-1}`, 'cursor'],
  ['sync_messages', `{${ID},"cursor":"x"}`, 'cursor'],
  ['sync_messages', `{${ID},"cursor":1.5}`, 'cursor'],
  ['sync_messages', `{${ID},"cursor":""}`, 'cursor'],
  ['sync_messages', `{${ID},"timeout_ms":-1}`, 'timeout_ms'],
  ['sync_messages', `{${ID},"timeout_ms":45001}`, 'timeout_ms'],
  ['sync_messages', `{${ID},"limit":0}`, 'limit'],
  ['sync_messages', `{${ID},"wait":1}`, 'wait'],
  ['get_channel_info', `{${ID},"cursor":1}`, 'cursor'],
  ['get_bot_code', `{${ID},"bot_id":"b","offset":-1}`, 'offset'],
  ['list_channels', '{"filter":"all"}', 'filter'],
  ['update_channel', `{${ID}}`, 'ops'],
  ['update_channel', `{${ID},"ops":[]}`, 'ops'],
  ['update_channel', `{${ID},"ops":{"type":"close"}}`, 'ops'],
  ['update_channel', `{${ID},"ops":["close"]}`, 'ops.0', 'BAD_OP'],
  ['update_channel', `{${ID},"ops":[{}]}`, 'ops.0.type', 'BAD_OP'],
  ['update_channel', `{${ID},"ops":[{"type":"close"},{"type":"explode"}]}`, 'ops.1.type', 'BAD_OP'],
  ['update_channel', `{${ID},"ops":[{"type":"evict","slot_id":"seat"}]}`, 'ops.0.slot_id', 'BAD_OP'],
  ['update_channel', `{${ID},"ops":[{"type":"close","why":"x"}]}`, 'ops.0.why', 'BAD_OP'],
  ['attach_bot', `{${ID},"name":"a b"}`, 'name'],
];

const ROWS = WRONG.map(([name, args, field, code = 'INVALID_REQUEST']) => ({ name, args, field, code }));

/** Texts that are no JSON of one meaning. */
const MALFORMED: readonly (readonly [string, string])[] = [
  ['a duplicate key', `{${ID},"body":"x","body":"y"}`],
  ['a duplicate key far inside', `{${ID},"body":{"a":[{"b":1,"b":1}]}}`],
  ['a lone surrogate', `{${ID},"body":"\\ud800"}`],
  ['an integer beyond 2^53-1', `{${ID},"body":{"n":9007199254740993}}`],
  ['such an integer in another notation', `{${ID},"body":{"n":9.1e15}}`],
  ['nesting over 64', `{${ID},"body":{"n":${deep}}}`],
  ['a trailing comma', `{${ID},"body":"x",}`],
  ['NaN', `{${ID},"body":{"n":NaN}}`],
  ['half of an object', `{${ID},"body":`],
];

function overRest(name: string, args: string) {
  if (METHOD_OF.get(name) === 'POST') {
    const headers = { ...AUTH, 'content-type': 'application/json' };
    return { method: 'POST' as const, url: `/${name}`, headers, payload: args };
  }
  const query = Object.entries(JSON.parse(args)).map(([key, value]) => [key, String(value)] as const);
  return {
    method: 'GET' as const,
    url: `/${name}?${new URLSearchParams(query as [string, string][]).toString()}`,
    headers: AUTH,
  };
}

describe('wrong input', () => {
  it.each(ROWS)('$name $args names $field, the same on every edge', async ({ name, args, field, code }) => {
    const { handlers, reached } = fakeHandlers();
    await using server = await startApp({ handlers });
    const rest = await server.app.inject(overRest(name, args));
    expect(rest.statusCode).toBe(400);
    const { error } = rest.json();
    expect(error).toMatchObject({ code, field });

    const legacy = await server.app.inject(legacyCall(name, args));
    expect(lastData(legacy.body).result).toMatchObject({ isError: true, structuredContent: { error } });
    const modern = modernRequest('tools/call', { name, arguments: {} });
    modern.payload = modern.payload.replace('"arguments":{}', `"arguments":${args}`);
    expect((await server.app.inject(modern)).json().result.structuredContent).toEqual({ error });
    expect(reached).toEqual([]);
  });

  it.each([
    ['sync_messages', `{${ID},"cursor":null,"seat":null,"timeout_ms":0}`],
    ['post_message', `{${ID},"body":{"a":null},"idempotency_key":null,"wait_ms":null}`],
    ['join_channel', '{"invite_code":"inv_x","channel_id":null,"slot_id":null}'],
  ])('is not null for an optional field: %s %s is as if it were not there', async (name, args) => {
    const { handlers, reached } = fakeHandlers();
    await using server = await startApp({ handlers });
    if (METHOD_OF.get(name) === 'POST') await server.app.inject(overRest(name, args));
    await server.app.inject(legacyCall(name, args));
    const inputs = reached.map(({ input }) => input);
    const kept = Object.entries(JSON.parse(args)).filter(([, value]) => value !== null);
    expect(inputs.length).toBeGreaterThan(0);
    for (const input of inputs) expect(input).toMatchObject(Object.fromEntries(kept));
    for (const input of inputs) expect(Object.values(input as object)).not.toContain(null);
  });

  it.each(MALFORMED)('that holds %s is INVALID_REQUEST on every edge', async (_what, args) => {
    const { handlers, reached } = fakeHandlers();
    await using server = await startApp({ handlers });
    const rest = await server.app.inject(overRest('post_message', args));
    expect(rest.statusCode).toBe(400);
    expect(rest.json().error).toMatchObject({ code: 'INVALID_REQUEST' });
    const modern = modernRequest('tools/call', { name: 'post_message', arguments: {} });
    modern.payload = modern.payload.replace('"arguments":{}', `"arguments":${args}`);
    for (const request of [legacyCall('post_message', args), legacyCall('post_message', args, '/'), modern]) {
      const answer = await server.app.inject(request);
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({
        jsonrpc: '2.0',
        id: null,
        error: { code: -32_700, data: { error: { code: 'INVALID_REQUEST' } } },
      });
    }
    expect(reached).toEqual([]);
  });

  it('over the limit is TOO_LARGE on every edge', async () => {
    await using server = await startApp();
    const args = `{${ID},"body":"${'x'.repeat(256 * 1024)}"}`;
    const rest = await server.app.inject(overRest('post_message', args));
    expect(rest.statusCode).toBe(413);
    expect(rest.json().error).toMatchObject({ code: 'TOO_LARGE', limit_bytes: 262_144 });
    const mcp = await server.app.inject(legacyCall('post_message', args));
    expect(mcp.statusCode).toBe(413);
    expect(mcp.json().error.data.error).toEqual(rest.json().error);
  });

  it('that is not sent as JSON is UNSUPPORTED_MEDIA_TYPE on every edge', async () => {
    await using server = await startApp();
    const headers = { ...AUTH, 'content-type': 'text/plain' };
    for (const url of ['/mcp', '/', '/post_message']) {
      const answer = await server.app.inject({ method: 'POST', url, headers, payload: '{}' });
      expect(answer.statusCode).toBe(415);
      expect(answer.body).toContain('"code":"UNSUPPORTED_MEDIA_TYPE"');
    }
  });

  it.each(['[]', '"x"', 'null', '7', ''])('%j instead of an object is refused', async (payload) => {
    await using server = await startApp();
    const headers = { ...AUTH, 'content-type': 'application/json' };
    for (const url of ['/mcp', '/post_message']) {
      const answer = await server.app.inject({ method: 'POST', url, headers, payload });
      expect(answer.statusCode).toBe(400);
      expect(answer.body).toContain('"code":"INVALID_REQUEST"');
    }
  });

  it('that gives a query parameter twice is refused by its name', async () => {
    await using server = await startApp();
    const url = `/sync_messages?channel_id=${CHANNEL}&cursor=1&cursor=2`;
    const { error } = (await server.app.inject({ url, headers: AUTH })).json();
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', field: 'cursor' });
  });

  it('is never quoted in the answer', async () => {
    await using server = await startApp();
    const hostile = 'IGNORE-ALL-PREVIOUS';
    for (const field of ['channel_id', 'kind', 'wait_ms', 'seat', `${hostile} <x>`]) {
      const args = {
        channel_id: CHANNEL,
        body: 'x',
        [field]: field === 'kind' || field === 'seat' ? [hostile] : hostile,
      };
      const answer = await server.app.inject(overRest('post_message', JSON.stringify(args)));
      expect(answer.statusCode).toBe(400);
      expect(answer.body).not.toContain(hostile);
    }
  });
});

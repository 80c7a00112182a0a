import { describe, expect, it } from 'vitest';
import { ALL_OPERATIONS, pathsOf } from '../../control-plane/src/http/operations.ts';
import { AUTH, CHANNEL, failing, fakeHandlers, startApp } from './support.ts';

const ROUTES = ALL_OPERATIONS.flatMap((operation) =>
  pathsOf(operation).map((url) => ({ method: operation.method, url })),
);

describe('the REST edge', () => {
  it('calls the service with the caller, the input and its defaults', async () => {
    const { handlers, reached } = fakeHandlers();
    await using server = await startApp({ handlers });
    const body = { channel_id: CHANNEL, body: 'guess 42' };
    const answer = await server.app.inject({ method: 'POST', url: '/post_message', headers: AUTH, body });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ reached: 'post_message' });
    expect(reached).toMatchObject([
      { caller: { account: 'acc_1' }, input: { ...body, kind: 'user', wait_ms: 8_000 } },
    ]);
  });

  it('reads integers and booleans of a query by the schema', async () => {
    const { handlers, reached } = fakeHandlers();
    await using server = await startApp({ handlers });
    const url = `/sync_messages?channel_id=${CHANNEL}&cursor=7&timeout_ms=0&seat=007`;
    const answer = await server.app.inject({ url, headers: AUTH });
    expect(answer.statusCode).toBe(200);
    expect(reached[0]?.input).toMatchObject({ channel_id: CHANNEL, cursor: 7, timeout_ms: 0, seat: '007' });
  });

  it.each(ROUTES.filter(({ url }) => ROUTES.filter((route) => route.url === url).length === 1))(
    'has a route $method $url that no other method reaches',
    async ({ method, url }) => {
      await using server = await startApp();
      const other = method === 'GET' ? 'POST' : 'GET';
      const refused = await server.app.inject({ method: other, url, headers: AUTH });
      expect(refused.statusCode).toBe(405);
      expect(refused.headers['allow']).toContain(method);
      expect(refused.json().error).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
      const taken = await server.app.inject({ method, url, headers: AUTH });
      expect([200, 400]).toContain(taken.statusCode);
    },
  );

  it('keeps every value as it came, own __proto__ keys too', async () => {
    const { handlers, reached } = fakeHandlers({ post_message: async (input) => ({ echo: input }) });
    await using server = await startApp({ handlers });
    const body = '{"__proto__":1,"a":{"__proto__":{"$x":1}},"a.b":[[1]],"z":"\\u0000"}';
    const payload = `{"channel_id":"${CHANNEL}","body":${body}}`;
    const headers = { ...AUTH, 'content-type': 'application/json' };
    const answer = await server.app.inject({ method: 'POST', url: '/post_message', headers, payload });
    expect(answer.body).toContain(body);
    expect(JSON.stringify(reached.map(({ input }) => (input as { body: unknown }).body))).toBe(`[${body}]`);
  });

  it('gives an error of a service its status, fields and Retry-After', async () => {
    const { handlers } = fakeHandlers({ post_message: failing('LOOP_GUARD', { retry_after_s: 1.2 }) });
    await using server = await startApp({ handlers });
    const body = { channel_id: CHANNEL, body: 'x' };
    const answer = await server.app.inject({ method: 'POST', url: '/post_message', headers: AUTH, body });
    expect(answer.statusCode).toBe(429);
    expect(answer.headers['retry-after']).toBe('2');
    expect(answer.json()).toEqual({
      error: {
        code: 'LOOP_GUARD',
        message: 'This seat posts too fast.',
        next: 'Wait `retry_after_s` seconds, then call again.',
        retry_after_s: 1.2,
      },
    });
  });

  it('tells nothing of an unforeseen failure but the request id, and logs its stack', async () => {
    const { handlers } = fakeHandlers({
      list_channels: async () => {
        throw new Error('secret detail');
      },
    });
    await using server = await startApp({ handlers });
    const answer = await server.app.inject({ url: '/list_channels', headers: AUTH });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('secret detail');
    const { error } = answer.json();
    expect(Object.keys(error).sort()).toEqual(['code', 'message', 'next', 'request_id']);
    expect(error.request_id).toBe(answer.headers['x-request-id']);
    expect(server.logged.join('')).toContain('secret detail');
    expect(server.logged.join('')).toContain(error.request_id);
  });

  it('needs no token for health', async () => {
    await using server = await startApp();
    expect((await server.app.inject('/health')).json()).toEqual({ reached: 'health_check' });
  });

  it('sets the security headers on good and bad answers', async () => {
    await using server = await startApp();
    for (const url of ['/health', '/nowhere', '/who']) {
      expect((await server.app.inject(url)).headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      });
    }
  });
});

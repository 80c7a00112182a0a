import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { ALL_OPERATIONS, pathsOf } from '../../control-plane/src/http/operations.ts';
import { startApp } from './support.ts';

describe('/openapi.json', () => {
  it('is an OpenAPI 3.1 document by the schema of OpenAPI', async () => {
    await using server = await startApp();
    const validator = new Validator();
    const result = await validator.validate((await server.app.inject('/openapi.json')).json());
    expect(result).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('has every route of every operation, and routes that answer', async () => {
    await using server = await startApp();
    const { paths, servers } = (await server.app.inject('/openapi.json')).json();
    expect(servers).toEqual([{ url: 'https://play.example' }]);
    const urls = ALL_OPERATIONS.flatMap(pathsOf);
    expect(Object.keys(paths).sort()).toEqual([...new Set(urls)].sort());
    for (const [url, methods] of Object.entries(paths)) {
      const [method = ''] = Object.keys(methods as object);
      expect(server.app.hasRoute({ url, method: method.toUpperCase() as 'GET' }), url).toBe(true);
    }
  });

  it('tells the query of a GET as parameters and the body of a POST as a schema', async () => {
    await using server = await startApp();
    const { paths } = (await server.app.inject('/openapi.json')).json();
    expect(paths['/sync_messages'].get.parameters).toContainEqual({
      name: 'timeout_ms',
      in: 'query',
      required: false,
      schema: { type: 'integer', default: 25_000, minimum: 0, maximum: 45_000 },
    });
    const body = paths['/post_message'].post.requestBody.content['application/json'].schema;
    expect(body).toMatchObject({ required: ['channel_id', 'body'], additionalProperties: false });
    expect(paths['/health'].get.security).toEqual([]);
  });
});

describe('/docs', () => {
  it('is a page without scripts or anything from elsewhere, and its policy says so', async () => {
    await using server = await startApp();
    const page = await server.app.inject('/docs');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/);
    expect(page.body).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|style="|https?:\/\//i);
  });

  it('shows every operation and every field', async () => {
    await using server = await startApp();
    const { body } = await server.app.inject('/docs');
    for (const { name, input } of ALL_OPERATIONS) {
      expect(body).toContain(`<h2 id="${name}">`);
      for (const field of Object.keys(input.shape)) expect(body).toContain(`<td>${field}</td>`);
    }
  });

  it('is where a browser lands', async () => {
    await using server = await startApp();
    const answer = await server.app.inject({ url: '/', headers: { accept: 'text/html' } });
    expect(answer.statusCode).toBe(302);
    expect(answer.headers.location).toBe('/docs');
  });

  it('leaves an event stream at / to MCP, which has none', async () => {
    await using server = await startApp();
    const answer = await server.app.inject({ url: '/', headers: { accept: 'text/event-stream' } });
    expect(answer.statusCode).toBe(405);
    expect(answer.headers['allow']).toBe('POST');
  });
});

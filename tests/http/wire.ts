import { AUTH } from './support.ts';

type Params = Readonly<Record<string, unknown>>;

/** A raw request of protocol 2026-07-28: the envelope in `_meta`, method and name again in headers. */
export function modernRequest(method: string, params: Params = {}, meta: Params = {}) {
  const name = params['name'] ?? params['uri'];
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
    ...meta,
  };
  return {
    method: 'POST' as const,
    url: '/mcp',
    headers: {
      ...AUTH,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
    },
    payload: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
  };
}

/** A raw tools/call of the older era; `args` is JSON text, so that it may be wrong in any way. */
export function legacyCall(name: string, args: string, url = '/mcp') {
  return {
    method: 'POST' as const,
    url,
    headers: {
      ...AUTH,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-06-18',
    },
    payload: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${name}","arguments":${args}}}`,
  };
}

/** A raw request of the older era, without a session. */
export function legacyRequest(method: string, params: Params = {}) {
  const { payload: _payload, ...rest } = legacyCall('', '{}');
  return { ...rest, payload: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) };
}

/** The JSON of the last `data:` line of an event stream. */
export function lastData(body: string) {
  const lines = body.split('\n').filter((line) => line.startsWith('data: {'));
  return JSON.parse(lines.at(-1)?.slice(6) ?? 'null');
}

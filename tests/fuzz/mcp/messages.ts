import type { SeededRandom } from '../../../bench/mix/random.ts';
import type { KnownChannel } from '../support/channels.ts';
import { argumentsFor, TOOL_NAMES } from './arguments.ts';
import { anyText, anyValue } from './values.ts';

/** The revision whose requests stand alone; the ones before it begin with `initialize`. */
const MODERN = '2026-07-28';
const LEGACY = ['2025-03-26', '2025-06-18', '2025-11-25'];
const META = 'io.modelcontextprotocol';

/** A whole HTTP request to the MCP edge. */
export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  /** Names may occur more than once. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
}

/** A message with the headers that go with it, before anything was broken. */
export interface Draft {
  readonly message: Record<string, unknown>;
  readonly headers: [name: string, value: string][];
}

type Params = (random: SeededRandom, channels: readonly KnownChannel[]) => Record<string, unknown>;

const none: Params = () => ({});
const listing: Params = (random) => (random.next() < 0.7 ? {} : { cursor: anyText(random) });
const reading: Params = (random) => ({
  uri: random.pick([
    'doc://quick-start',
    'doc://messages',
    'doc://agents',
    'doc://none',
    'file:///etc/passwd',
    anyText(random),
  ]),
});
const tool: Params = (random, channels) => {
  const name = random.next() < 0.95 ? random.pick(TOOL_NAMES) : anyText(random);
  return { name, arguments: argumentsFor(random, name, channels) };
};
const initialize: Params = (random) => ({
  protocolVersion: random.pick([...LEGACY, MODERN, '1.0', anyText(random)]),
  capabilities: random.next() < 0.7 ? {} : anyValue(random),
  clientInfo: { name: anyText(random), version: '1' },
});
const id: Params = (random) => ({ requestId: random.below(9), reason: anyText(random) });
const progress: Params = (random) => ({ progressToken: anyValue(random), progress: random.below(9) });
const task: Params = (random) => ({ taskId: anyText(random) });

/** Every method of both eras, those that only a server sends among them. */
const METHODS: Readonly<Record<string, Params>> = {
  initialize,
  ping: none,
  'server/discover': none,
  'tools/list': listing,
  'tools/call': tool,
  'resources/list': listing,
  'resources/templates/list': listing,
  'resources/read': reading,
  'resources/subscribe': reading,
  'resources/unsubscribe': reading,
  'subscriptions/listen': (random) => ({
    notifications: random.next() < 0.5 ? { toolsListChanged: true } : anyValue(random),
  }),
  'prompts/list': listing,
  'prompts/get': (random) => ({ name: anyText(random), arguments: {} }),
  'completion/complete': (random) => ({
    ref: { type: 'ref/prompt', name: anyText(random) },
    argument: { name: 'a', value: anyText(random) },
  }),
  'logging/setLevel': (random) => ({ level: random.pick(['debug', 'error', anyText(random)]) }),
  'tasks/get': task,
  'tasks/list': listing,
  'tasks/result': task,
  'tasks/update': task,
  'tasks/cancel': task,
  'sampling/createMessage': (random) => ({ messages: [], maxTokens: random.below(9) }),
  'elicitation/create': (random) => ({ message: anyText(random), requestedSchema: {} }),
  'roots/list': none,
  'notifications/initialized': none,
  'notifications/cancelled': id,
  'notifications/progress': progress,
  'notifications/message': (random) => ({ level: 'info', data: anyValue(random) }),
  'notifications/roots/list_changed': none,
  'notifications/tasks/status': task,
};
const METHOD_NAMES = Object.keys(METHODS);

/** A message of the grammar, whole: half of them call a tool. */
export function draft(random: SeededRandom, channels: readonly KnownChannel[]): Draft {
  if (random.next() < 0.03) return response(random);
  const method = random.next() < 0.5 ? 'tools/call' : random.pick(METHOD_NAMES);
  const params = METHODS[method]?.(random, channels) ?? {};
  if (random.next() < 0.1) params['_meta'] = { progressToken: random.pick([1, 'p', anyValue(random)]) };
  const version = random.next() < 0.5 ? MODERN : random.pick(LEGACY);
  if (version === MODERN) params['_meta'] = { ...envelope(), ...(params['_meta'] as object | undefined) };
  const isNotification = method.startsWith('notifications/');
  const message = {
    jsonrpc: '2.0',
    ...(isNotification ? {} : { id: random.next() < 0.8 ? random.below(1_000_000) : anyText(random) }),
    method,
    params,
  };
  return { message, headers: headersOf(random, version, method, params) };
}

function envelope(): Record<string, unknown> {
  return {
    [`${META}/protocolVersion`]: MODERN,
    [`${META}/clientInfo`]: { name: 'fuzz', version: '1' },
    [`${META}/clientCapabilities`]: {},
  };
}

/** An answer to a question that the server never asked. */
function response(random: SeededRandom): Draft {
  const outcome = random.next() < 0.5 ? { result: anyValue(random) } : { error: anyValue(random) };
  const message = { jsonrpc: '2.0', id: random.below(9), ...outcome };
  return { message, headers: headersOf(random, random.pick(LEGACY), '', {}) };
}

function headersOf(
  random: SeededRandom,
  version: string,
  method: string,
  params: Record<string, unknown>,
): Draft['headers'] {
  const headers: Draft['headers'] = [
    ['content-type', 'application/json'],
    ['accept', 'application/json, text/event-stream'],
    ['mcp-protocol-version', version],
  ];
  if (random.next() < 0.05) headers.push(['mcp-session-id', anyText(random)]);
  if (random.next() < 0.05) headers.push(['last-event-id', anyText(random)]);
  if (version !== MODERN) return headers;
  const name = params['name'] ?? params['uri'];
  headers.push(['mcp-method', method]);
  if (typeof name === 'string') headers.push(['mcp-name', name]);
  return headers;
}

import type { SeededRandom } from '../../../bench/mix/random.ts';
import type { Draft, FuzzRequest } from './messages.ts';
import { anyText, anyValue } from './values.ts';

type Container = Record<string, unknown>;

/** How a request is broken; a third is left whole. */
export function broken(random: SeededRandom, { message, headers }: Draft, token: string): FuzzRequest {
  const whole = random.next() < 0.35;
  const changed = whole ? message : withChanges(random, message);
  const text = whole ? JSON.stringify(changed) : changedText(random, JSON.stringify(changed));
  const request: FuzzRequest = {
    method: 'POST',
    path: random.next() < 0.9 ? '/mcp' : '/',
    headers: [['authorization', `Bearer ${token}`], ...headers],
    body: whole ? Buffer.from(text) : changedBytes(random, Buffer.from(text)),
  };
  return whole || random.next() < 0.7 ? request : changedRequest(random, request);
}

/** Changes up to three places of a message. */
function withChanges(random: SeededRandom, message: Container): unknown {
  const copy = structuredClone(message);
  if (random.next() < 0.03) return random.pick([[copy], [copy, copy], [], null, 7, 'text', anyValue(random)]);
  for (let left = random.below(4); left > 0; left--) change(random, copy);
  return copy;
}

function change(random: SeededRandom, root: Container): void {
  const containers = containersIn(root);
  const holder = random.pick(containers);
  const keys = Object.keys(holder);
  const key = keys.length > 0 && random.next() < 0.85 ? random.pick(keys) : anyText(random);
  // What an object inherits is not the message's: it would be changed for this whole process.
  const value = Object.hasOwn(holder, key) ? holder[key] : undefined;
  switch (random.below(5)) {
    case 0:
      delete holder[key];
      break;
    case 1:
      define(holder, anyText(random), value);
      break;
    case 2:
      define(holder, key, [value]);
      break;
    default:
      define(holder, key, anyValue(random));
  }
}

/** An own property, whatever its name: `__proto__` too. */
function define(holder: Container, key: string, value: unknown): void {
  if (Array.isArray(holder)) holder.push(value);
  else Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function containersIn(value: unknown, found: Container[] = []): Container[] {
  if (typeof value !== 'object' || value === null) return found;
  found.push(value as Container);
  for (const part of Object.values(value)) containersIn(part, found);
  return found;
}

function changedText(random: SeededRandom, text: string): string {
  const at = random.below(text.length + 1);
  switch (random.below(14)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return (
        text.slice(0, at) + random.pick(['{', '}', '[', ']', ',', '"', '\\u', '\\', 'NaN']) + text.slice(at)
      );
    case 2:
      // The same key twice has two meanings.
      return text.replace('{', '{"jsonrpc":"2.0",');
    case 3:
      return text.replace(/"id":[^,]*/, '"id":12345678901234567890');
    case 4:
      return '['.repeat(random.below(2_000)) + text;
    case 5:
      return `\ufeff${text}`;
    default:
      return text;
  }
}

function changedBytes(random: SeededRandom, bytes: Buffer): Buffer {
  switch (random.below(30)) {
    case 0:
      // Beyond the largest body that is read.
      return Buffer.concat([bytes, Buffer.alloc(300_000, 0x20)]);
    case 1:
    case 2:
      if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
      return bytes;
    case 3:
      return Buffer.from(bytes.toString(), 'utf16le');
    default:
      return bytes;
  }
}

function changedRequest(random: SeededRandom, request: FuzzRequest): FuzzRequest {
  const { headers } = request;
  const at = random.below(headers.length);
  const [name = '', value = ''] = headers[at] ?? [];
  const replaced = (text: string) =>
    headers.map((one, index) => (index === at ? ([name, text] as const) : one));
  switch (random.below(7)) {
    case 0:
      return { ...request, headers: headers.filter((_, index) => index !== at) };
    case 1:
      return { ...request, headers: [...headers, [name, value]] };
    case 2:
      return { ...request, headers: replaced(anyText(random)) };
    case 3:
      return {
        ...request,
        headers: replaced(random.pick(['', 'text/plain', '*/*', '2026-07-28', 'x'.repeat(9_000)])),
      };
    case 4:
      return { ...request, headers: [...headers, random.pick(STRANGE_HEADERS)] };
    case 5:
      return { ...request, path: random.pick(['/mcp/', '/mcp?x=%00', '/MCP', '//mcp', '/mcp/%2e%2e']) };
    default: {
      const method = random.pick(['GET', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS']);
      return { ...request, method, body: method === 'PUT' || method === 'PATCH' ? request.body : undefined };
    }
  }
}

const STRANGE_HEADERS: readonly (readonly [string, string])[] = [
  ['origin', 'null'],
  ['origin', 'https://elsewhere.example'],
  ['content-encoding', 'gzip'],
  ['content-type', 'application/json; charset=utf-16'],
  ['x-forwarded-for', '1.2.3.4'],
  ['x-forwarded-host', 'elsewhere.example'],
  ['mcp-param-name', '=?base64?AA==?='],
  ['traceparent', '00-0-0-0'],
  ['cookie', '__proto__=1; a'],
];

import type { FuzzRequest } from './messages.ts';
import type { Outcome } from './send.ts';

/** Calls that may wait for others, or stay open by design. */
const MAY_PARK = /sync_messages|post_message|dm_bot|read_inbox|subscriptions\/listen/;
const INTERNAL_ERROR = -32_603;

type Parsed = Readonly<Record<string, unknown>>;

/** Why an outcome is a fault of the server; undefined where it is none. */
export function faultOf(request: FuzzRequest, outcome: Outcome): string | undefined {
  if (outcome.kind === 'dropped') return `dropped: ${outcome.reason}`;
  if (outcome.kind === 'hung') return mayPark(request) ? undefined : 'no answer within the limit';
  const { status, type, body } = outcome;
  if (status >= 500) return `status ${status}`;
  if (status >= 300 && status < 400) return undefined;
  if (body === '') return mayBeEmpty(request, status) ? undefined : `an empty answer with status ${status}`;
  if (type.startsWith('text/event-stream')) return faultOfStream(request, body);
  if (!type.startsWith('application/json')) return `an answer of type "${type}"`;
  const answer = parsed(body);
  if (answer === undefined) return 'an answer that is no JSON object';
  return isOurError(answer) && status >= 400 ? undefined : faultOfMessage(request, answer);
}

/** Whether the server has to answer at once. Its body may be broken in ways that hide the method's name. */
export function mayPark({ body }: FuzzRequest): boolean {
  return body !== undefined && MAY_PARK.test(body.toString());
}

/** 202 and 204 have no body, and no answer to HEAD has one. */
function mayBeEmpty({ method }: FuzzRequest, status: number): boolean {
  return status === 202 || status === 204 || method === 'HEAD';
}

function faultOfStream(request: FuzzRequest, body: string): string | undefined {
  // Lines end as the HTML standard says: U+2028 in a text, where a regular expression ends one, is no end.
  for (const [, data = ''] of body.matchAll(/(?:^|[\r\n])data: ?([^\r\n]*)/g)) {
    if (data === '') continue;
    const message = parsed(data);
    const fault = message ? faultOfMessage(request, message) : 'an event that is no JSON object';
    if (fault) return fault;
  }
  return undefined;
}

/** JSON-RPC 2.0 sections 4 and 5: a notification, or a response with a result or an error. */
function faultOfMessage(request: FuzzRequest, message: Parsed): string | undefined {
  if (message['jsonrpc'] !== '2.0') return 'an answer of neither shape';
  if (typeof message['method'] === 'string') return 'id' in message ? 'a request of the server' : undefined;
  const { result, error } = message as { result?: Parsed; error?: Parsed };
  if ((result === undefined) === (error === undefined)) return 'neither or both of result and error';
  if (error) {
    const { code, message: text } = error;
    if (!Number.isInteger(code) || typeof text !== 'string') return 'an error without code or message';
    if (code === INTERNAL_ERROR) return `an internal error: ${text}`;
  }
  if (JSON.stringify(result)?.includes('"code":"INTERNAL"')) return 'a tool failed with INTERNAL';
  return foreignId(request, message) ? `an answer to id ${JSON.stringify(message['id'])}` : undefined;
}

/** True for an answer that carries the id of no message that was sent. An error may have none. */
function foreignId({ body }: FuzzRequest, message: Parsed): boolean {
  const id = message['id'];
  if (id === undefined || id === null) return message['error'] === undefined;
  const sent = parsed(body?.toString() ?? '');
  return sent !== undefined && sent['id'] !== id;
}

function isOurError({ error }: Parsed): boolean {
  const { code, message, next } = (error ?? {}) as Parsed;
  return [code, message, next].every((part) => typeof part === 'string') && code !== 'INTERNAL';
}

function parsed(text: string): Parsed | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Parsed)
      : undefined;
  } catch {
    return undefined;
  }
}

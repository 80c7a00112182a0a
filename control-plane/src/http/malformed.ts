import type { Socket } from 'node:net';
import { CodedError } from '../kernel/errors.ts';
import type { AnswerHeaders } from './security-headers.ts';

const STATUS_LINES: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** What Node's parser tells, with the bytes that it stopped at. */
interface UnreadableError extends NodeJS.ErrnoException {
  readonly rawPacket?: unknown;
}

/** Answers bytes that are no HTTP request, which no route ever sees, in the one error shape. */
export function answerUnreadable(error: UnreadableError, socket: Socket, headers: AnswerHeaders): void {
  // No TLS came about, so nothing can be said: plain HTTP, another protocol, or silence.
  const withoutTls = /^ERR_(SSL|TLS)_/.test(error.code ?? '');
  if (error.code === 'ECONNRESET' || withoutTls || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = new CodedError('INVALID_REQUEST', { message: 'The HTTP request is malformed.' });
  const body = JSON.stringify({ error: refusal.toAnswer() });
  const head = [
    `HTTP/1.1 ${STATUS_LINES[error.code ?? ''] ?? '400 Bad Request'}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  // What follows the head of an answer to HEAD would be read as the next answer (RFC 9110 section 9.3.2).
  const { rawPacket } = error;
  const isHead = Buffer.isBuffer(rawPacket) && rawPacket.toString('latin1', 0, 5) === 'HEAD ';
  socket.end(`${head.join('\r\n')}\r\n\r\n${isHead ? '' : body}`);
}

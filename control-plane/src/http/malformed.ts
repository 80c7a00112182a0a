import type { Socket } from 'node:net';
import { CodedError } from '../kernel/errors.ts';
import type { AnswerHeaders } from './security-headers.ts';

const STATUS_LINES: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Answers bytes that are no HTTP request, which no route ever sees, in the one error shape. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket, headers: AnswerHeaders): void {
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
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';

/** Bytes of an answer's header. */
const MAX_HEADER = 16_384;

/** An answer whose body was not read yet. */
export type Answer = IncomingMessage;

/**
 * Makes a connection that stands a TLS one, to a host that proves its name.
 *
 * @param name of the host, not an address
 * @param authorities PEM of who may vouch for it; those that Node trusts if left out
 * @throws what TLS throws, or the signal's reason; the socket is destroyed then
 */
export async function secure(
  socket: Socket,
  name: string,
  authorities: string | undefined,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const secured = connect({
    socket,
    servername: name,
    // Said here, so that no environment variable turns it off.
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    ...(authorities === undefined ? {} : { ca: authorities }),
  });
  try {
    await once(secured, 'secureConnect', { signal });
  } catch (error) {
    // Whatever it says after this is of no interest.
    secured.on('error', () => {}).destroy();
    throw error;
  }
  return secured;
}

/**
 * Asks for a URL over a connection to its host. Redirects are answers like others; nothing is compressed.
 *
 * @throws what the connection throws, or the signal's reason
 */
export async function get(
  url: URL,
  accept: string,
  connection: TLSSocket,
  signal: AbortSignal,
): Promise<Answer> {
  const asked = request({
    // With a connection of its own there is no agent, hence neither a pool nor a proxy.
    createConnection: () => connection,
    path: url.pathname + url.search,
    setHost: false,
    headers: { host: url.host, accept, 'accept-encoding': 'identity', 'user-agent': 'MCP-Multiplayer' },
    maxHeaderSize: MAX_HEADER,
    signal,
  });
  const answered = once(asked, 'response', { signal });
  asked.end();
  const [answer] = (await answered) as [Answer];
  asked.on('error', () => {});
  return answer;
}

/** The whole body, unless it has more bytes than `limit`: then undefined. @throws where it is cut short */
export async function readBody(answer: Answer, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A loopback proxy for programs that cannot send a token: adds it, and passes all else on unchanged. */
export interface AuthorizingProxy extends AsyncDisposable {
  readonly url: string;
}

/** Host and Origin pass unchanged, so that what the server makes of them is what is tested. */
export async function authorizingProxy(upstream: string, token: string): Promise<AuthorizingProxy> {
  const server = createServer((incoming, answer) => forward(upstream, token, incoming, answer));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function forward(upstream: string, token: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const outgoing = request(new URL(incoming.url ?? '/', upstream), {
    method: incoming.method,
    headers: { ...incoming.headers, authorization: `Bearer ${token}` },
  });
  outgoing.on('response', (response) => {
    answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
    answer.flushHeaders();
    response.pipe(answer);
  });
  outgoing.on('error', () => answer.destroy());
  answer.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}

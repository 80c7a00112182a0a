/**
 * fetch that gives an answer once all of it is here. The SDK takes the stream of an answer that breaks off
 * for one that is only late, and leaves its call waiting: here it fails, as it does where nobody answers.
 *
 * @throws {Error} for an answer that broke off, or that ended before it said anything
 */
export async function fetchWhole(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (init?.method !== 'POST' || response.status !== 200) return response;
  const { status, statusText, headers } = response;
  const text = await response.text();
  // Comments keep the connection open while a call waits: they are no answer.
  const streamed = headers.get('content-type')?.startsWith('text/event-stream');
  if (streamed && !/^data:/m.test(text)) throw new Error('the connection was closed before the answer');
  return new Response(text, { status, statusText, headers });
}

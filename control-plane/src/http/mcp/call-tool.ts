import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { CodedError } from '../../kernel/errors.ts';
import { type Json, type JsonObject, isJsonObject } from '../../kernel/json/value.ts';
import { visibleJson } from '../../kernel/json/visible.ts';
import type { CallContext } from '../../kernel/operation.ts';
import type { Exchange } from './exchange.ts';
import { TOOLS } from './tools.ts';

/** Runs one tools/call. A failure of the call is an answer (isError); an unknown tool is a protocol error. */
export async function callTool(
  exchange: Exchange,
  name: string,
  context: ServerContext,
): Promise<CallToolResult> {
  const operation = TOOLS.get(name);
  if (!operation) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'There is no tool of this name');
  const { caller, signal } = exchange;
  try {
    const answer = await exchange.invoke(operation, caller, argumentsOf(exchange.message), {
      signal,
      ...progressOf(context),
    });
    return result(answer, false);
  } catch (error) {
    const coded: CodedError = exchange.report(error);
    return result({ error: coded.toAnswer() as unknown as JsonObject }, true);
  }
}

/** The arguments as the strict parser read them: the SDK's copy loses a `__proto__` key. */
function argumentsOf(message: JsonObject): Json {
  const params = message['params'];
  return (isJsonObject(params) ? params['arguments'] : undefined) ?? {};
}

function result(answer: JsonObject, isError: boolean): CallToolResult {
  return {
    content: [{ type: 'text', text: visibleJson(answer) }],
    structuredContent: answer as Record<string, unknown>,
    ...(isError ? { isError } : {}),
  };
}

/** Progress is told only to a caller that gave a token for it. */
function progressOf({ mcpReq }: ServerContext): Pick<CallContext, 'progress'> {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return {};
  return {
    progress: (progress, total) => {
      const params = { progressToken, progress, total };
      // A caller that has gone cannot be told; its call is aborted by the closed connection.
      mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {});
    },
  };
}

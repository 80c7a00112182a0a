import { ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server';

type Wrap = Server['_wrapHandler'];

/**
 * The SDK's server, which tells wrong params as what they are in every era: by itself it throws a plain error
 * for them, and so answers -32603 where JSON-RPC 2.0 section 5.1 has -32602. None of our handlers throws such
 * an error: what fails in a call is the call's answer.
 */
export class CheckedServer extends Server {
  protected override _wrapHandler(...[method, handler]: Parameters<Wrap>): ReturnType<Wrap> {
    const wrapped = super._wrapHandler(method, handler);
    return async (request, context) => {
      try {
        return await wrapped(request, context);
      } catch (error) {
        if (error instanceof Error && 'code' in error) throw error;
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, `The params of ${method} are not valid.`);
      }
    };
  }
}

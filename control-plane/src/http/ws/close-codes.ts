/** Why a socket is closed (RFC 6455 section 7.4: 4000 to 4999 are for applications), with what it is told. */
const CLOSE = {
  /** Another connection of the agent was opened: the newest counts. */
  replaced: [4001, 'another connection of this agent was opened'],
  /** It reads too slowly for what is sent to it. */
  slow: [4008, 'too much waits to be read'],
  /** It has not answered a ping. */
  silent: [4009, 'no sign of life'],
  /** Its token was revoked or has expired. */
  unauthorized: [4401, 'the token is not valid any more'],
  /** It was deregistered. */
  gone: [4404, 'the agent is not registered any more'],
  /** It sends far more than anybody has to say. */
  flood: [1008, 'too many frames'],
  binary: [1003, 'frames are JSON text'],
  stopping: [1001, 'the server is stopping'],
  failed: [1011, 'something went wrong on the server'],
} as const satisfies Record<string, Closing>;

type Closing = readonly [code: number, reason: string];
export type CloseReason = keyof typeof CLOSE;

/** What a socket is closed with. */
export const closing = (reason: CloseReason): Closing => CLOSE[reason];

import type { Socket } from 'node:net';
import { type Duplex, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const MAX_LISTENERS = 32;

/** What passes, and where to. */
export interface RelayParts {
  /** The bot's side. Its early end is for its owner to notice. */
  readonly bot: Duplex;
  readonly socket: Socket;
  /** Counts bytes towards the bot, and says how many of them may pass. */
  readonly tollIn: (bytes: number) => number;
  /** The same for bytes from the bot. */
  readonly tollOut: (bytes: number) => number;
  /**
   * Told, at least once, by what the relay ends; the first telling is the cause, and whoever is told destroys
   * both sides.
   */
  readonly end: (by: 'closed' | 'broken' | 'cut' | 'over_limit') => void;
}

/**
 * Passes bytes both ways until both directions have ended, half closes included. A side that does
 * not read keeps the other from being read; nothing is kept beyond the streams' own buffers. The first
 * byte that a toll does not let pass ends the relay.
 */
export function relay({ bot, socket, tollIn, tollOut, end }: RelayParts): void {
  socket.once('error', () => end('broken'));
  // Two pipelines put eight listeners on it, beside those of its owners.
  bot.setMaxListeners(MAX_LISTENERS);
  const overLimit = () => end('over_limit');
  Promise.all([
    pipeline(socket, meter(tollIn, overLimit), bot),
    pipeline(bot, meter(tollOut, overLimit), socket),
  ]).then(
    () => end('closed'),
    () => end('cut'),
  );
}

function meter(toll: (bytes: number) => number, overLimit: () => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const granted = toll(chunk.length);
      if (granted > 0) this.push(chunk.subarray(0, granted));
      if (granted < chunk.length) overLimit();
      done();
    },
  });
}

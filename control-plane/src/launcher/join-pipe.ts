import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface PipeLimits {
  /** A container whose standard input takes nothing for this long is given up, ms. */
  readonly stallMs: number;
  /** How long a client may take to read what an ended container wrote, ms. */
  readonly lingerMs: number;
}

/**
 * Passes bytes on both ways and reads none of them; one side is not read while the other does not
 * take them. What a container wrote last is still delivered. The client's end, by half or as a whole,
 * destroys the connection: from this side the two cannot be told apart.
 */
export function joinPipe(connection: Socket, pipe: Duplex, { stallMs, lingerMs }: PipeLimits): void {
  const giveUp = (): void => void connection.destroy();
  let timer: NodeJS.Timeout | undefined;
  const within = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, ms);
  };
  connection.once('end', giveUp).once('close', () => clearTimeout(timer));
  connection.on('data', (chunk: Buffer) => {
    if (pipe.write(chunk) || pipe.readableEnded) return;
    // While it is paused its end goes unseen: hence the limit.
    connection.pause();
    within(stallMs);
  });
  pipe.on('drain', () => {
    clearTimeout(timer);
    connection.resume();
  });
  pipe.once('end', () => within(lingerMs));
  pipe.once('close', () => {
    if (!pipe.readableEnded) giveUp();
  });
  pipe.pipe(connection);
  connection.resume();
}

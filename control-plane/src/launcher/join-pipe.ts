import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Passes bytes on both ways and reads none of them; one side is not read while the other does not
 * take them. An end is passed on too; the other direction then has `lingerMs` to end as well.
 */
export function joinPipe(connection: Socket, pipe: Duplex, lingerMs: number): void {
  const linger = (): void => {
    const timer = setTimeout(() => connection.destroy(), lingerMs);
    connection.once('close', () => clearTimeout(timer));
  };
  connection.once('end', linger);
  // What the container wrote last is still delivered.
  pipe.once('end', linger);
  pipe.once('close', () => {
    if (!pipe.readableEnded) connection.destroy();
  });
  connection.pipe(pipe);
  pipe.pipe(connection);
}

import { Server } from 'node:tls';
import type { Logger } from '../kernel/logger.ts';
import type { ServerCertificate } from '../tls/certificate.ts';
import { every } from './every.ts';

const LOOK_MS = 5_000;

/**
 * Shows new connections the certificate that its files hold; open connections go on as they are.
 *
 * @param server one that was made with the certificate's options
 * @param pauseMs between two looks
 */
export function followCertificate(
  certificate: ServerCertificate,
  server: object,
  log: Logger,
  pauseMs = LOOK_MS,
): AsyncDisposable {
  const look = async () => {
    const options = await certificate.look();
    if (options && server instanceof Server) server.setSecureContext(options);
  };
  return every(pauseMs, look, log);
}

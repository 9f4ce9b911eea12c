import { readFile } from 'node:fs/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { messageOf, MonitorError } from '../../base/errors.ts';
import type { SmtpConfig } from './config.ts';
import type { Transcript } from './transcript.ts';

/** TLS settings for this server. @throws MonitorError `config` if the CA file cannot be read. */
export async function loadTlsOptions(config: SmtpConfig): Promise<ConnectionOptions> {
  const { host } = config.server;
  // SNI carries names only; for an address the certificate has to name that (checked by host).
  const name = isIP(host) === 0 ? { servername: host } : {};
  if (config.caFile === undefined) return { host, ...name };
  try {
    return { host, ...name, ca: await readFile(config.caFile) };
  } catch (error) {
    throw new MonitorError(`the CA file cannot be read: ${messageOf(error)}`, {
      reason: 'config',
      retryable: false,
      cause: error,
    });
  }
}

/**
 * Begins to connect, with TLS at once where the configuration says `implicit`.
 * The caller owns the socket from then on, also when it never gets connected.
 */
export function openLine(config: SmtpConfig, tls: ConnectionOptions): Socket {
  const { host, port } = config.server;
  const implicit = config.tls === 'implicit';
  return implicit ? connectTls({ ...tls, host, port }) : connectTcp({ host, port });
}

/** Resolves once the line can carry SMTP. @throws the socket's own error. */
export function whenOpen(socket: Socket, transcript: Transcript, implicitTls: boolean) {
  return new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
    socket.once('connect', () => {
      transcript.mark('connected');
      if (!implicitTls) resolve();
      else transcript.mark('tlsFrom');
    });
    socket.once('secureConnect', () => {
      transcript.mark('tlsTo');
      resolve();
    });
  });
}

import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Instant } from '../../base/clock.ts';
import { isLoopback } from '../../base/server-url.ts';
import type { SenderReport } from '../sender.ts';
import { parseEhlo } from '../smtp-reply.ts';
import type { SmtpConfig } from './config.ts';

const DAY_MS = 86_400_000;
const EXPIRY_WARNING_MS = 14 * DAY_MS;

export interface CheckFacts {
  readonly config: SmtpConfig;
  readonly socket: Socket | undefined;
  /** The reply to the last EHLO. */
  readonly ehlo: string;
  /** Who is logged in. */
  readonly user: string | undefined;
  readonly now: Instant;
}

/** What a successful login shows, for a person. */
export function reportOf(facts: CheckFacts): SenderReport {
  const { config, socket, ehlo, user, now } = facts;
  const { host, port } = config.server;
  const { dsn, maxSize } = parseEhlo(ehlo);
  const tls = socket instanceof TLSSocket ? socket : undefined;
  const summary = [
    `${host}:${port} answers`,
    tls === undefined ? 'in the clear' : (tls.getProtocol() ?? 'TLS'),
    user === undefined ? 'no login' : `logged in as ${user}`,
    maxSize === null ? 'no size limit given' : `mails up to ${maxSize} bytes`,
    dsn ? 'bounces on request (DSN)' : 'no DSN',
  ].join(', ');
  const warnings = [
    tls === undefined && !isLoopback(host) ? plainWarning(user) : undefined,
    tls === undefined ? undefined : expiryWarning(tls.getPeerCertificate().valid_to, now),
  ].filter((warning) => warning !== undefined);
  return { summary, warnings, at: now };
}

function plainWarning(user: string | undefined): string {
  const what = user === undefined ? 'mails' : 'the password and the mails';
  return `the line is not encrypted (tls: none): others on the way can read ${what}`;
}

/** `validTo` as Node writes it: `Nov 24 02:00:05 2026 GMT`. */
function expiryWarning(validTo: string | undefined, now: Instant): string | undefined {
  const left = Date.parse(validTo ?? '') - now;
  if (!(left < EXPIRY_WARNING_MS)) return undefined;
  return `the server's certificate expires in ${Math.max(0, Math.floor(left / DAY_MS))} days`;
}

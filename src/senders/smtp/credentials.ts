import type {
  SMTPConnectionAuth,
  SMTPConnectionCustomAuthContext,
} from 'nodemailer/lib/smtp-connection';
import type { AccessTokens } from '../../base/oauth2.ts';
import { Secret } from '../../base/secret.ts';
import type { SmtpConfig } from './config.ts';

/** What to log in with. */
export interface Credentials {
  readonly user: string;
  readonly auth: SMTPConnectionAuth;
  /** Everything about it that must not be repeated, in each form that goes over the wire. */
  readonly secrets: readonly Secret[];
}

/** Undefined where the configuration names neither a password nor OAuth. @throws MonitorError of the token endpoint. */
export async function findCredentials(
  config: SmtpConfig,
  tokens: AccessTokens | undefined,
  signal: AbortSignal,
): Promise<Credentials | undefined> {
  if (tokens !== undefined) {
    const user = config.user ?? config.from;
    return bearer(user, await tokens.get(signal));
  }
  const { user, password } = config;
  if (user === undefined || password === undefined) return undefined;
  const pass = password.reveal();
  const secrets = [new Secret(`\0${user}\0${pass}`), new Secret(pass)];
  return { user, auth: { user, pass }, secrets };
}

/** SASL XOAUTH2: `user=<user>^Aauth=Bearer <token>^A^A`, base64. */
function bearer(user: string, token: Secret): Credentials {
  const initial = new Secret(`user=${user}\x01auth=Bearer ${token.reveal()}\x01\x01`);
  const auth = { user, method: BEARER, initialResponse: initial };
  return { user, auth, secrets: [initial, token] };
}

/** A name of our own: under `XOAUTH2` nodemailer prefers any password mechanism that is offered. */
export const BEARER = 'MAILCANARY-BEARER';

/**
 * nodemailer's own XOAUTH2 asks for a second token and tries again by itself;
 * here one dialogue is one attempt.
 */
export async function logInWithBearer(context: SMTPConnectionCustomAuthContext): Promise<void> {
  const initial: unknown = context.auth['initialResponse'];
  if (!(initial instanceof Secret)) throw new Error('no access token to log in with');
  const encoded = Buffer.from(initial.reveal()).toString('base64');
  let reply = await context.sendCommand(`AUTH XOAUTH2 ${encoded}`);
  // A refusal comes as a 334 with a JSON reason; an empty answer fetches the final reply.
  if (reply.status === 334) reply = await context.sendCommand('');
  if (reply.status !== 235) throw new Error('login refused');
}

/** After a refused login: the next attempt reads the secret's file and asks for a token again. */
export function forgetCredentials(config: SmtpConfig, tokens: AccessTokens | undefined): void {
  tokens?.invalidate();
  config.password?.refresh();
}

import type { Clock } from '../../../src/base/clock.ts';
import { Secret } from '../../../src/base/secret.ts';
import { createSystemClock } from '../../../src/base/system.ts';
import { composeMessage, type CanaryMessage } from '../../../src/domain/message.ts';
import type { SendResult, Sender } from '../../../src/senders/sender.ts';
import type { SmtpConfig } from '../../../src/senders/smtp/config.ts';
import { createSmtpSender } from '../../../src/senders/smtp/index.ts';

export const PASSWORD = 'correct horse';

export function configFor(port: number, changes: Partial<SmtpConfig> = {}): SmtpConfig {
  const server = {
    host: '127.0.0.1',
    port,
    implicitTls: changes.tls === 'implicit',
    user: undefined,
    password: undefined,
  };
  return {
    type: 'smtp',
    server,
    tls: 'none',
    user: undefined,
    password: undefined,
    oauth2: undefined,
    from: 'canary@probe.test',
    caFile: undefined,
    helo: 'probe.test',
    headerProfile: 'automatic',
    timeoutMs: 30_000,
    launchWindowMs: 600_000,
    ...changes,
  };
}

export const LOGIN = { user: 'canary', password: new Secret(PASSWORD) };

export function senderFor(
  port: number,
  changes: Partial<SmtpConfig> = {},
  clock: Clock = createSystemClock(),
): Sender {
  return createSmtpSender('relay', configFor(port, changes), { clock });
}

export function message(changes: Partial<CanaryMessage> = {}): CanaryMessage {
  const base = composeMessage({
    id: 'support1abc',
    token: 'support1abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmn',
    probe: 'support',
    from: 'canary@probe.test',
    to: 'support@desk.test',
    launchedAt: Date.UTC(2026, 0, 5, 9, 0, 0),
    profile: 'automatic',
  });
  return { ...base, ...changes };
}

export const NEVER = new AbortController().signal;

/** Type, reason and reply code in one line, for tables. */
export function brief(result: SendResult): string {
  if (result.type === 'accepted') return 'accepted';
  const what = result.type === 'in_doubt' ? result.doubt : result.refusal;
  const code = result.type === 'in_doubt' ? null : result.refusal.code;
  return [result.type, what.reason, ...(code === null ? [] : [code])].join(' ');
}

export function detailOf(result: SendResult): string {
  if (result.type === 'accepted') return '';
  return result.type === 'in_doubt' ? result.doubt.detail : result.refusal.detail;
}

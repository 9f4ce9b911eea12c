import type { Instant } from '../base/clock.ts';
import type { Acceptance, Doubt, Refusal } from '../domain/canary.ts';
import type { CanaryMessage } from '../domain/message.ts';

/** How long each phase of an SMTP dialogue took, in milliseconds; absent where it was not reached. */
export interface PhaseTimings {
  readonly connectMs?: number;
  readonly tlsMs?: number;
  readonly greetingMs?: number;
  readonly authMs?: number;
  readonly envelopeMs?: number;
  readonly dataMs?: number;
}

/** What became of one dialogue. Nothing is thrown for what the network or the server did. */
export type SendResult =
  | { readonly type: 'accepted'; readonly acceptance: Acceptance; readonly timings: PhaseTimings }
  /** 4xx before the mail was taken: may be tried again within the launch window. */
  | { readonly type: 'deferred'; readonly refusal: Refusal; readonly timings: PhaseTimings }
  /** 5xx, or the dialogue ended before the last byte of the body reached the socket. */
  | { readonly type: 'refused'; readonly refusal: Refusal; readonly timings: PhaseTimings }
  /** The connection was lost between the last byte of the body and the reply. */
  | { readonly type: 'in_doubt'; readonly doubt: Doubt; readonly timings: PhaseTimings };

/** Puts one canary into the mail system. Never sends twice in one call. */
export interface Sender {
  readonly name: string;
  readonly type: string;
  /** Loads what the first dialogue will need. */
  prepare?(): void;
  send(message: CanaryMessage, signal: AbortSignal): Promise<SendResult>;
  /** Connects, says EHLO, logs in, and leaves. @throws MonitorError with what to fix. */
  check(signal: AbortSignal): Promise<SenderReport>;
  close(): Promise<void>;
}

export interface SenderReport {
  /** One line for a person: who answered, how the line is protected, whether it logged in. */
  readonly summary: string;
  readonly warnings: readonly string[];
  readonly at: Instant;
}

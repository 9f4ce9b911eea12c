/** `target` is the helpdesk; `control` a plain mailbox behind the same sender. */
export type Role = 'target' | 'control';

/** Only `scheduled` and `burst` canaries enter totals and evidence (semantics A9). */
export type Kind = 'scheduled' | 'burst' | 'manual';

/**
 * The deadlines of a probe, in milliseconds from acceptance. Copied into each
 * canary at launch, so that a reload touches later launches only.
 */
export interface Policy {
  /** Still missing by then: suspect, an early sign. */
  readonly suspectAfterMs: number;
  /** Ingested later than this: overdue. */
  readonly lateAfterMs: number;
  /** Still missing by then, and the horizon has passed it: lost. */
  readonly lostAfterMs: number;
  /** After this nothing more is said about the canary. */
  readonly forgetAfterMs: number;
}

/** What a canary was sent for and through; stored with it, the labels of its series. */
export interface Route {
  readonly probe: string;
  readonly role: Role;
  readonly sender: string;
  /** The deciding observer: its horizon judges. */
  readonly observer: string;
  /** Where it looked at the launch: a fingerprint; absent in canaries of older programs. */
  readonly site?: string;
  /** Observers that canaries pass before it, in the order of the way; they give times and judge nothing. */
  readonly front?: readonly string[];
  /** Where canaries are sent from; replicas of one vantage share it. */
  readonly vantage: string;
  /** One way in (a relay, or an MX host with its address); empty where the probe has no paths. */
  readonly path: string;
  /** Which variant of the message (header profile); overtaking counts within one shape only. */
  readonly shape: string;
}

/** Whether canaries of this kind count in totals, head, stragglers and evidence. */
export function counts(kind: Kind): boolean {
  return kind !== 'manual';
}

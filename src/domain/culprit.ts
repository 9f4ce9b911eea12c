import type { Instant } from '../base/clock.ts';
import type { LossFigures } from './loss/figures.ts';
import type { Policy, Route } from './probe.ts';

/**
 * Whose fault it is when mail does not arrive, as far as canaries can tell. Alerts, pages and the API
 * use these words and no others.
 *
 * `sender`: our relay, its queue or its way out; `helpdesk`: what lies between the relay and the ticket;
 * `watcher`: nobody can look, so nothing is known; `monitor`: mailcanary itself, or what carries its alerts.
 */
export const CULPRITS = ['sender', 'helpdesk', 'watcher', 'monitor'] as const;
export type Culprit = (typeof CULPRITS)[number];

/** How one probe stands, as far as blame goes. */
export interface Standing {
  readonly route: Pick<Route, 'probe' | 'role' | 'sender'>;
  readonly policy: Pick<Policy, 'lateAfterMs' | 'suspectAfterMs'>;
  readonly intervalMs: number;
  readonly activatedAt: Instant;
  readonly pause: { readonly until: Instant } | null;
  readonly oldestUnservedTick: Instant | null;
  readonly horizon: Instant | null;
  readonly headAt: Instant | null;
  readonly headWaiting: number;
  readonly stragglers: number;
  readonly newestIngestedAt: Instant | null;
  /** Null where nothing is known of it. */
  readonly loss: Pick<LossFigures, 'level'> | null;
}

/** What blame depends on besides the probes. */
export interface Court {
  readonly now: Instant;
  /** The monitor cannot write its ledger, or cannot trust its clock. */
  readonly monitorFails: boolean;
  /** Probes whose observer has not looked for longer than any deadline explains. */
  readonly isBlind: (probe: string) => boolean;
  /** Probes whose mail lands where nobody looks. */
  readonly isMisfiling: (probe: string) => boolean;
}

/** This share of the deadline without anything through a relay is its fault: long before a lag page (semantics C4). */
export const SENDER_SHARE = 0.5;
/** A stall is at least so many missing in a row: one old loss and a stopped sender are none (semantics C1). */
export const STALL_WAITING = 2;
/** So many canaries past their deadline while others arrive are no chance; configurable for alerts. */
export const STRAGGLERS = 2;

/**
 * Who is to blame for the trouble of each probe; probes without trouble, or whose fault nobody can tell, are not in it.
 * The generated alert rules say the same in PromQL (generate/rules); test/real/rules.test.ts holds both to one another.
 */
export function culpritsOf(
  standings: readonly Standing[],
  court: Court,
): ReadonlyMap<string, Culprit> {
  const relays = relaysOf(standings);
  const culprits = new Map<string, Culprit>();
  for (const standing of standings) {
    const relay = relays.get(standing.route.sender);
    const culprit = relay === undefined ? undefined : culpritOf(standing, relay, court);
    if (culprit !== undefined) culprits.set(standing.route.probe, culprit);
  }
  return culprits;
}

const USUAL = { level: 'usual' } as const;

/** What the probes behind one sender tell of it together. */
interface Relay {
  readonly isStuck: boolean;
  /** Its control mailbox misses single mails as well. */
  readonly losesControl: boolean;
}

/** Once for all probes of a sender: a fleet has a thousand of them. */
function relaysOf(standings: readonly Standing[]): ReadonlyMap<string, Relay> {
  const behind = new Map<string, Standing[]>();
  for (const standing of standings) {
    const { sender } = standing.route;
    const others = behind.get(sender);
    if (others === undefined) behind.set(sender, [standing]);
    else others.push(standing);
  }
  const relays = new Map<string, Relay>();
  for (const [sender, own] of behind) {
    const losesControl = own.some(
      ({ route, stragglers, loss }) =>
        route.role === 'control' && (stragglers > 0 || (loss ?? USUAL).level !== USUAL.level),
    );
    relays.set(sender, { isStuck: isRelayStuck(own), losesControl });
  }
  return relays;
}

/** Horizon minus head, in milliseconds: 0 when nothing waits, null when nobody has looked yet. */
export function lagOf({ horizon, headAt }: Pick<Standing, 'horizon' | 'headAt'>): number | null {
  if (horizon === null) return null;
  return headAt === null ? 0 : Math.max(0, horizon - headAt);
}

/** Semantics C1: the head is late, and it is not alone (where the cadence lets two wait by then). */
export function isStalled(standing: Standing): boolean {
  const fewest = oneDecides(standing) ? 1 : STALL_WAITING;
  return (lagOf(standing) ?? 0) > standing.policy.lateAfterMs && standing.headWaiting >= fewest;
}

/** Launches are due, and none was accepted for half a deadline (semantics C5). */
export function isNotSending({ oldestUnservedTick, policy }: Standing, now: Instant): boolean {
  return (
    oldestUnservedTick !== null && now - oldestUnservedTick > SENDER_SHARE * policy.lateAfterMs
  );
}

function culpritOf(standing: Standing, relay: Relay, court: Court): Culprit | undefined {
  const { route, pause } = standing;
  const { now, monitorFails } = court;
  const ours = (culprit: Culprit): Culprit => (monitorFails ? 'monitor' : culprit);
  const isTarget = route.role === 'target';
  if (pause !== null && now < pause.until) return undefined;
  if (isLagging(standing) && relay.isStuck) return 'sender';
  if (isNotSending(standing, now)) return ours('sender');
  if (isTarget && isStalled(standing)) return 'helpdesk';
  if (court.isBlind(route.probe)) return ours('watcher');
  const isMissingSome =
    standing.stragglers >= stragglersToPage(standing) || standing.loss?.level === 'confirmed';
  if (isTarget && isMissingSome) {
    return relay.losesControl ? 'sender' : 'helpdesk';
  }
  return isTarget && court.isMisfiling(route.probe) ? 'helpdesk' : undefined;
}

/** How many missing mails page while others arrive, by default (`straggler_page_min`). */
export function stragglersToPage(standing: Pick<Standing, 'intervalMs' | 'policy'>): number {
  return oneDecides(standing) ? 1 : STRAGGLERS;
}

/** So slow that at the deadline only one canary can be older than suspect_after. */
function oneDecides({ intervalMs, policy }: Pick<Standing, 'intervalMs' | 'policy'>): boolean {
  return intervalMs > policy.lateAfterMs - policy.suspectAfterMs;
}

function isLagging(standing: Standing): boolean {
  return (lagOf(standing) ?? 0) > SENDER_SHARE * standing.policy.lateAfterMs;
}

/** Nothing has come through a relay for long, while its control and a target wait (semantics C4). */
function isRelayStuck(behind: readonly Standing[]): boolean {
  const horizon = Math.max(...behind.map((one) => one.horizon ?? one.activatedAt));
  const newest = Math.max(...behind.map((one) => one.newestIngestedAt ?? one.activatedAt));
  const deadline = Math.max(...behind.map(({ policy }) => policy.lateAfterMs));
  if (horizon - newest <= SENDER_SHARE * deadline) return false;
  const waits = (role: Route['role']): boolean =>
    behind.some((one) => one.route.role === role && isLagging(one));
  return waits('control') && waits('target');
}

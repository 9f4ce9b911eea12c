import { acceptedAt, firstSighting } from '../domain/canary.ts';
import type { LedgerEvent } from '../domain/events.ts';
import { midpoint, type Interval } from '../domain/latency.ts';
import { passageAt } from '../domain/stage.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { UsualLatency } from './usual.ts';

/** Learns from the ledger's events when canaries are usually visible at an observer. Answers how to stop. */
export function learnLatencies(
  { ledger, observer }: { readonly ledger: Ledger; readonly observer: { readonly name: string } },
  usual: UsualLatency,
): () => void {
  const { name } = observer;
  return ledger.subscribe((event, canary) => {
    const latency = latencyAt(event, name);
    if (latency === undefined) return;
    const { route, policy } = canary.launch;
    usual.add(route.probe, midpoint(latency));
    const seen = route.observer === name ? firstSighting(canary) : passageAt(canary, name);
    const accepted = acceptedAt(canary);
    if (accepted === undefined || seen === undefined) return;
    const ageMs = seen.seenAt - accepted.high;
    // An outage says nothing about the days after it.
    if (ageMs <= policy.lateAfterMs) usual.seenAt(route.probe, ageMs);
  });
}

function latencyAt({ launch, effects }: LedgerEvent, observer: string): Interval | undefined {
  const decides = launch.route.observer === observer;
  for (const effect of effects) {
    if (decides && effect.type === 'latency') return effect.latency;
    if (effect.type === 'passed' && effect.observer === observer) return effect.latency;
  }
  return undefined;
}

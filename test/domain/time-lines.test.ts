import { describe, expect, test } from 'vitest';
import {
  acceptedAt,
  duplicatesOf,
  outcomeOf,
  type Canary,
  type Fact,
} from '../../src/domain/canary.ts';
import { effectsOf, type Effect } from '../../src/domain/events.ts';
import { bracket } from '../../src/domain/latency.ts';
import { newestIngested, queueOf, type Queue } from '../../src/domain/series.ts';
import { isContradicted, nextDeadline, readingOf } from '../../src/domain/verdict.ts';
import {
  accepted,
  doubted,
  HOUR,
  judged,
  known,
  MINUTE,
  POLICY,
  refused,
  SECOND,
  seenIn,
  sighted,
  span,
  T0,
  withFacts,
} from './samples.ts';

/** A canary a minute, numbered from 1; the one of `minute` was accepted that many minutes after T0. */
function sent(minute: number, facts: readonly Fact[] = []): Canary {
  const at = T0 + minute * MINUTE;
  return known([accepted(span(at)), ...facts], { sequence: minute + 1, launchedAt: at - SECOND });
}

function arrived(minute: number, delayMs = 2 * SECOND): Canary {
  const at = T0 + minute * MINUTE + delayMs;
  const canary = sent(minute, [sighted(span(at - SECOND, at))]);
  return judged(canary, { horizon: at, now: at });
}

const minutes = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Judges all by a watcher who sees, and describes the queue, at an instant. */
function lookAt(
  now: number,
  canaries: readonly Canary[],
): { all: readonly Canary[]; queue: Queue } {
  const all = canaries.map((canary) => judged(canary, { horizon: now, now }));
  const newest = newestIngested(all);
  return { all, queue: queueOf({ open: all, newest, horizon: now, intervalMs: MINUTE }) };
}

/** What the stall rule asks (semantics C1), in the words of the exported figures. */
function isStalled(now: number, queue: Queue): boolean {
  const head = queue.head === undefined ? undefined : acceptedAt(queue.head)?.high;
  return head !== undefined && now - head > POLICY.lateAfterMs && queue.headWaiting >= 2;
}

const verdictsOf = (all: readonly Canary[]): readonly (string | undefined)[] =>
  all.map((canary) => canary.settlement?.verdict);
const readAs = (canary: Canary): string | undefined =>
  readingOf(outcomeOf(canary), canary.settlement?.verdict);

/** A record that hears facts one after the other, with all effects so far. */
function hear(
  start: Canary,
  facts: readonly Fact[],
): { canary: Canary; effects: readonly Effect[] } {
  let canary = start;
  const effects = facts.flatMap((fact) => {
    const before = canary;
    canary = withFacts(canary, [fact]);
    return effectsOf(before, canary);
  });
  return { canary, effects };
}

describe('outages', () => {
  test('a total outage at 60 s cadence stalls a moment after late_after, and not before', () => {
    const before = minutes(0, 9).map((minute) => arrived(minute));
    const during = minutes(10, 30).map((minute) => sent(minute));
    const stalledAt = (minute: number): boolean => {
      const now = T0 + minute * MINUTE;
      const out = during.filter((canary) => canary.launch.launchedAt < now);
      return isStalled(now, lookAt(now, [...before, ...out]).queue);
    };

    expect(minutes(10, 30).find(stalledAt)).toBe(21);
  });

  test('lag falls to the age of what is still out as soon as one newer mail comes through', () => {
    const now = T0 + 60 * MINUTE;
    const canaries = [...minutes(0, 50).map((minute) => sent(minute)), arrived(51), sent(52)];

    const { queue } = lookAt(now, canaries);

    expect(queue.head?.launch.sequence).toBe(53);
    expect(queue.headWaiting).toBe(1);
    expect(queue.stragglers).toBe(20); // of minutes 31 to 50: older ones no longer count
  });

  test('a relay whose deferred queue drains for an hour after recovery: late arrivals, no stall', () => {
    const deferred = minutes(0, 9).map((minute) => arrived(minute, 90 * MINUTE - minute * MINUTE));
    const fresh = minutes(10, 95).map((minute) => arrived(minute));

    const { all, queue } = lookAt(T0 + 96 * MINUTE, [...deferred, ...fresh]);

    expect(new Set(verdictsOf(all.slice(0, 10)))).toEqual(new Set(['overdue']));
    expect(all.slice(0, 10).map(readAs)).toEqual(Array.from({ length: 10 }, () => 'late'));
    expect(queue).toMatchObject({ head: undefined, headWaiting: 0, stragglers: 0 });
  });

  test("re-queue of yesterday's mail during recovery does not move newest", () => {
    const yesterday = minutes(0, 5).map((minute) => sent(minute));
    const today = [arrived(1_440), sent(1_441), sent(1_442)];
    const now = T0 + 1_460 * MINUTE;
    const before = newestIngested([...yesterday, ...today]);

    const requeued = yesterday.map((canary) =>
      withFacts(canary, [sighted(span(now - SECOND, now))]),
    );
    const { queue } = lookAt(now, [...requeued, ...today]);

    expect(newestIngested([...requeued, ...today])).toEqual(before);
    expect(queue.head?.launch.sequence).toBe(1_442);
    expect(queue.headWaiting).toBe(2);
  });
});

describe('the monitor itself', () => {
  test('restart after 8 h with one lost canary, overtaken: loss is said, nothing stalls or straggles', () => {
    const canaries = [arrived(0), sent(1), arrived(2)];

    const { all, queue } = lookAt(T0 + 8 * HOUR, canaries);

    expect(all.map(outcomeOf)).toEqual(['arrived', 'lost', 'arrived']);
    expect(queue).toMatchObject({ head: undefined, headWaiting: 0, stragglers: 0 });
  });

  test('restart after 8 h with one lost canary, the last one sent: a head, but only one waits', () => {
    const { all, queue } = lookAt(T0 + 8 * HOUR, [arrived(0), sent(1)]);

    expect(all.map(outcomeOf)).toEqual(['arrived', 'lost']);
    expect(queue.headWaiting).toBe(1);
    expect(isStalled(T0 + 8 * HOUR, queue)).toBe(false);
  });

  test('restart in an outage: the same queue from the same records', () => {
    const canaries = [arrived(0), ...minutes(1, 15).map((minute) => sent(minute))];
    const now = T0 + 16 * MINUTE;
    const before = lookAt(now, canaries);

    const after = lookAt(now, before.all);

    expect(after).toEqual(before);
    expect(isStalled(now, after.queue)).toBe(true);
  });

  test('killed between a sighting and its verdict: due at once after the restart', () => {
    const canary = sent(0, [sighted(span(T0 + SECOND, T0 + 2 * SECOND))]);

    expect(nextDeadline(canary)).toBeLessThan(T0 + HOUR);
    expect(readAs(judged(canary, { horizon: undefined, now: T0 + HOUR }))).toBe('on_time');
  });

  test('a relay that dies after accepting one canary: lost in the end, no stall', () => {
    const canaries = [arrived(0), sent(1)];
    const at = (now: number): boolean => isStalled(now, lookAt(now, canaries).queue);

    expect(minutes(1, 600).some((minute) => at(T0 + minute * MINUTE))).toBe(false);
  });

  test('clock corrected by -1 h: no horizon is believed, so nothing is overdue, though time goes on', () => {
    const canary = judged(sent(0), { horizon: undefined, now: T0 + HOUR });

    expect(canary.settlement).toBeNull();
    expect(outcomeOf(canary)).toBe('in_flight');
  });
});

describe('the watcher', () => {
  test('long blindness, then proof: what is still missing is overdue, however long it was', () => {
    const blind = judged(sent(0), { horizon: T0 + MINUTE, now: T0 + 20 * HOUR });
    const seeing = judged(blind, { horizon: T0 + 20 * HOUR, now: T0 + 20 * HOUR });

    expect(blind.settlement).toBeNull();
    expect(seeing.settlement).toEqual({
      verdict: 'overdue',
      at: T0 + 20 * HOUR,
      horizon: T0 + 20 * HOUR,
    });
    expect(outcomeOf(seeing)).toBe('lost');
  });

  test('blind for an hour at a helpdesk without timestamps: void, not late', () => {
    const now = T0 + HOUR;
    const ingested = bracket({ horizon: T0 - MINUTE, lookEnd: now, notBefore: T0 - SECOND });
    const canary = judged(sent(0, [sighted(ingested)]), { horizon: now, now });

    expect(canary.settlement?.verdict).toBe('void');
    expect(readAs(canary)).toBe('blind');
    expect(newestIngested([canary])?.at).toBe(T0); // mail flows all the same
  });

  test('blind until the end: void and blind, and a later look says no more', () => {
    const end = T0 + POLICY.forgetAfterMs;
    const canary = judged(sent(0), { horizon: T0, now: end });
    const later = judged(canary, { horizon: end + HOUR, now: end + HOUR });

    expect(readAs(canary)).toBe('blind');
    expect(canary.settlement?.verdict).toBe('void');
    expect(later).toEqual(canary);
  });

  test('UIDVALIDITY changed: the mail is read again under another id, and nothing is counted', () => {
    const canary = arrived(0);
    const again = sighted(span(T0 + HOUR, T0 + HOUR + SECOND), { externalId: 'INBOX:2:1' });

    const { canary: after, effects } = hear(canary, [again]);

    expect(effects).toEqual([]);
    expect(duplicatesOf(after)).toBe(0);
    expect(isContradicted(after)).toBe(false);
  });

  test('Junk moved to the inbox: misfiled for good, recovered once', () => {
    const inJunk = sent(0, [seenIn('spam', 1, 2)]);
    const settled = judged(inJunk, { horizon: T0 + MINUTE, now: T0 + MINUTE });

    const { canary, effects } = hear(settled, [
      seenIn('inbox', 3_600, 3_601),
      seenIn('closed', 7_200, 7_201),
    ]);

    expect(readAs(canary)).toBe('misfiled');
    expect(effects).toEqual([{ type: 'recovered', after: 'misfiled' }]);
    expect(isContradicted(canary)).toBe(false);
  });
});

describe('the sender', () => {
  test('in-doubt canary that arrives: accepted then, on time by the span of its doubt', () => {
    const start = known([]);

    const { canary, effects } = hear(start, [doubted(), seenIn('inbox', 60, 61)]);
    const settled = judged(canary, { horizon: T0 + 2 * MINUTE, now: T0 + 2 * MINUTE });

    expect(effects.map((effect) => effect.type)).toEqual([
      'in_doubt',
      'accepted',
      'arrived',
      'outcome',
    ]);
    expect(readAs(settled)).toBe('on_time');
  });

  test('in-doubt canary that never arrives: no verdict, no loss', () => {
    const end = T0 + POLICY.forgetAfterMs + MINUTE;
    const canary = judged(known([doubted()]), { horizon: end, now: end });

    expect(canary.settlement).toBeNull();
    expect(readAs(canary)).toBe('in_doubt');
    expect(lookAt(end, [canary]).queue).toMatchObject({ headWaiting: 0, stragglers: 0 });
  });

  test('in-doubt canary that arrives a day later: late, but it was never lost', () => {
    const day = judged(known([doubted()]), { horizon: undefined, now: T0 + 24 * HOUR });
    const { canary, effects } = hear(day, [seenIn('inbox', 86_400, 86_401)]);

    const settled = judged(canary, { horizon: undefined, now: T0 + 25 * HOUR });

    expect(readAs(day)).toBe('in_doubt');
    expect(effects).not.toContainEqual(expect.objectContaining({ type: 'recovered' }));
    expect(readAs(settled)).toBe('late');
  });

  test('451 after the queue took it: unsent is said once and stays counted; the arrival is judged', () => {
    const { canary, effects } = hear(known([]), [refused(T0, 451), seenIn('inbox', 60, 61)]);
    const settled = judged(canary, { horizon: T0 + 2 * MINUTE, now: T0 + 2 * MINUTE });

    expect(effects.filter((effect) => effect.type === 'unsent')).toHaveLength(1);
    expect(acceptedAt(settled)).toEqual(span(T0 - SECOND, T0));
    expect(outcomeOf(settled)).toBe('arrived');
    expect(readAs(settled)).toBe('on_time');
  });

  test('every mail twice for half an hour: duplicates, and no wrong latency', () => {
    const { canary, effects } = hear(arrived(0), [
      sighted(span(T0 + 2 * SECOND, T0 + 3 * SECOND), { externalId: 'INBOX:1:8' }),
      { type: 'copied', at: T0 + 3 * SECOND, copies: 2 },
    ]);

    expect(effects).toEqual([{ type: 'duplicated', count: 1 }]);
    expect(readAs(canary)).toBe('on_time');
  });
});

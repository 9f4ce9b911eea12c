import { describe, expect, it } from 'vitest';
import { MonitorError, REASONS, type Reason } from '../../src/base/errors.ts';
import type { Attempt } from '../../src/engine/launch.ts';
import type { LookReport as EngineReport } from '../../src/engine/watch.ts';
import type { ObserverStatus, ProbeStatus } from '../../src/engine/control.ts';
import type { Dialogue, LookReport } from '../../src/metrics/metrics.ts';
import type { StoredTotals } from '../../src/metrics/fold.ts';
import type { ObserverFigures, ProbeFigures } from '../../src/metrics/source.ts';
import type { TotalsView } from '../../src/ledger/view.ts';
import { aLaunch, ROUTE, SECOND, sighted, span, T0 } from '../domain/samples.ts';
import { samplesOf, valueOf, type ParsedMetrics } from '../support/openmetrics.ts';
import { anEvent, read, someMetrics } from './support.ts';

/** All series of a name that are not 0, by the value of one label. */
function risen(metrics: ParsedMetrics, name: string, label: string): Record<string, number> {
  const samples = samplesOf(metrics, `mailcanary_${name}`).filter(({ value }) => value !== 0);
  return Object.fromEntries(samples.map(({ labels, value }) => [labels.get(label) ?? '', value]));
}

describe('what the loops report', () => {
  it('is what engine and ledger have to say', () => {
    // That each compiles is the test.
    const fits = (convert: (value: never) => unknown): void =>
      expect(convert).toBeTypeOf('function');

    fits((status: ProbeStatus): ProbeFigures => status);
    fits((status: ObserverStatus): Omit<ObserverFigures, 'litter'> => status);
    fits((report: EngineReport): LookReport => report);
    fits((attempt: Attempt): Dialogue => attempt.result);
    fits((view: TotalsView): StoredTotals => view);
  });

  it('counts dialogues by the answer of the relay, and times those that were answered', async () => {
    const metrics = someMetrics();
    const timings = { connectMs: 100, dataMs: 900 };
    const refused = (code: number | null): Dialogue => ({
      type: 'refused',
      refusal: { code },
      timings,
    });
    const results: readonly Dialogue[] = [
      { type: 'accepted', timings },
      { type: 'deferred', refusal: { code: 451 }, timings },
      refused(550),
      refused(421),
      refused(null),
      { type: 'in_doubt', timings },
    ];

    for (const result of results) metrics.onAttempt({ sender: ROUTE.sender, result });

    const parsed = await read(metrics);
    expect(risen(parsed, 'send_attempts_total', 'result')).toEqual({
      accepted: 1,
      rejected: 1,
      deferred: 2,
      error: 2,
    });
    expect(valueOf(parsed, 'mailcanary_submit_duration_seconds_count')).toBe(4);
    expect(valueOf(parsed, 'mailcanary_submit_duration_seconds_sum')).toBe(4);
    expect(valueOf(parsed, 'mailcanary_submit_duration_seconds_bucket', { le: '1.0' })).toBe(4);
    expect(valueOf(parsed, 'mailcanary_submit_duration_seconds_bucket', { le: '0.5' })).toBe(0);
  });

  it('counts looks, their commands, and what they could not place', async () => {
    const metrics = someMetrics();
    const look = {
      startedAt: T0,
      endedAt: T0 + 200,
      complete: true,
      mismatches: { foreign: 2, reply: 1 },
      requests: 4,
    };
    const observer = ROUTE.observer;
    const report = { type: 'looked', observer, quick: false, conflicts: 0 } as const;
    const part = { ...look, complete: false, requests: 3 };
    metrics.onLook({ ...report, look });
    metrics.onLook({ ...report, look: part });
    metrics.onLook({ ...report, look: { ...part, mismatches: {} }, quick: true, conflicts: 2 });
    metrics.onLoopCrash('watch');
    metrics.onLedgerError('sync');

    const parsed = await read(metrics);

    expect(risen(parsed, 'watch_polls_total', 'result')).toEqual({ ok: 2, partial: 1 });
    expect(risen(parsed, 'observer_requests_total', 'result')).toEqual({ ok: 7, error: 3 });
    expect(valueOf(parsed, 'mailcanary_clock_conflicts_total')).toBe(2);
    expect(risen(parsed, 'unmatched_total', 'reason')).toEqual({ foreign: 4, reply: 2 });
    expect(valueOf(parsed, 'mailcanary_poll_duration_seconds_count')).toBe(1);
    expect(valueOf(parsed, 'mailcanary_poll_duration_seconds_sum')).toBe(0.2);
    expect(risen(parsed, 'loop_crashes_total', 'loop')).toEqual({ watch: 1 });
    expect(risen(parsed, 'ledger_errors_total', 'op')).toEqual({ sync: 1 });
  });

  it.each(
    REASONS.map((reason): [Reason, string] => {
      if (reason === 'rate-limited') return [reason, 'rate_limited'];
      return [reason, reason === 'auth' || reason === 'timeout' ? reason : 'error'];
    }),
  )('counts a look that failed for %s as %s', async (reason, result) => {
    const metrics = someMetrics();
    const error = new MonitorError('no', { reason, retryable: true });

    metrics.onLook({ type: 'failed', observer: ROUTE.observer, error });

    expect(risen(await read(metrics), 'watch_polls_total', 'result')).toEqual({ [result]: 1 });
  });

  it('gives contradictions and delays to the observer, refusals to the sender', async () => {
    const metrics = someMetrics();
    metrics.onEvent(
      anEvent(1, {
        fact: sighted(span(T0, T0 + 2 * SECOND), { seenAt: T0 + 5 * SECOND }),
        effects: [{ type: 'arrived', place: 'spam' }, { type: 'contradicted' }],
      }),
    );
    metrics.onEvent(anEvent(2, { effects: [{ type: 'unsent', reason: 'tls' }] }));

    const parsed = await read(metrics);

    const { observer, sender } = ROUTE;
    const delay = 'mailcanary_observation_delay_seconds';
    expect(valueOf(parsed, `${delay}_sum`, { observer })).toBe(4);
    expect(valueOf(parsed, 'mailcanary_verdict_contradictions_total', { observer })).toBe(1);
    expect(valueOf(parsed, 'mailcanary_unsent_total', { sender, reason: 'tls' })).toBe(1);
    expect(risen(parsed, 'arrivals_total', 'place')).toEqual({ spam: 1 });
  });

  it('passes over manual canaries', async () => {
    const metrics = someMetrics();
    const launch = aLaunch({ kind: 'manual' });
    metrics.onEvent(anEvent(1, { launch, effects: [{ type: 'launched' }] }));

    expect(valueOf(await read(metrics), 'mailcanary_launched_total')).toBe(0);
  });
});

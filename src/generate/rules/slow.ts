import { braces, promql, type Matchers } from '../promql.ts';
import { BURN_GRACE, SLOW_ARRIVALS, SLOW_RATIO, slowBucket } from './limits.ts';
import { RECORDS as R, SERIES, type Alert, type RulesContext } from './rule.ts';

/** Slow delivery: one rule for each of the deadlines, since what is slow depends on it. */
export function slowAlerts(context: RulesContext): readonly Alert[] {
  const byBucket = new Map<string, string[]>();
  for (const { name, lateAfterMs, role } of context.probes) {
    if (role !== 'target') continue;
    const bucket = slowBucket(lateAfterMs);
    byBucket.set(bucket, [...(byBucket.get(bucket) ?? []), name]);
  }
  const isOne = byBucket.size === 1;
  return [...byBucket].map(([bucket, names]) => slowAt(bucket, isOne ? undefined : names));
}

function slowAt(bucket: string, names: readonly string[] | undefined): Alert {
  const share = (matchers: Matchers): string => {
    const arrivals = (le: string): string =>
      `sum by (${SERIES}) (increase(${R.latency}${braces({ ...matchers, le })}[30m]))`;
    return promql`
      (
        1 - (
          ${arrivals(bucket)}
            /
          (${arrivals('+Inf')} > ${SLOW_ARRIVALS})
        )
      ) > ${SLOW_RATIO}
    `;
  };
  const some = names === undefined ? {} : { probe: names };
  return {
    alert: 'EmailDeliverySlow',
    why: 'Needs launches at least every 5 min. A stall whose queue drains is no slow delivery, nor is a slow relay.',
    expr: promql`
      ${share({ role: 'target', ...some })}
      unless on (job, sender) (
        ${share({ role: 'control' })}
      )
      unless on (job, probe) count_over_time(${R.stalled}[${BURN_GRACE}])
    `,
    for: '5m',
    severity: 'ticket',
    team: 'helpdesk',
    culprit: 'helpdesk',
    labels: { slower_than: `${Number(bucket)}s` },
    summary: `Email to {{ $labels.probe }} is slow: {{ $value | humanizePercentage }} took longer than ${Number(bucket)} s`,
    description:
      'For half an hour mail took long, a share of it perhaps past its deadline. Often the first sign of a queue that will reach the deadline.',
    dashboard: 'overview',
    ofProbe: true,
  };
}

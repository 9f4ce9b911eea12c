import { buckets, promql, sample } from '../promql.ts';
import {
  atLeast,
  BURN,
  BURN_GRACE,
  BURN_WINDOWS,
  LAUNCHES_A_WINDOW,
  slowBucket,
  WINDOW_SECONDS,
  type BurnWindow,
} from './limits.ts';
import {
  firing,
  RECORDS as R,
  SERIES,
  type Alert,
  type Recording,
  type RulesContext,
} from './rule.ts';
import { slowAlerts } from './slow.ts';

/** What the objective counts: judged is all but void, bad is overdue or misfiled. */
const JUDGED = ['on_time', 'overdue', 'misfiled'] as const;
const BAD = ['overdue', 'misfiled'] as const;
const TARGET = '{role="target"}';

/**
 * Counters over replicas: first the maximum of what they export, then the increase of that. A sum would count each canary
 * once a replica, a maximum of increases would lose what came before a rollout (semantics C2).
 */
export function budgetRecords({ durations, probes }: RulesContext): readonly Recording[] {
  const { rollout } = durations;
  const targets = probes.filter(({ role }) => role === 'target');
  const bounds = [...new Set(targets.map(({ lateAfterMs }) => slowBucket(lateAfterMs)))];
  const latency = buckets('ingest_latency_seconds', { le: [...bounds, '+Inf'] });
  return [
    {
      record: R.verdicts,
      why: 'The maximum of what replicas export, and only then an increase: a sum would count a canary once a replica.',
      expr: `max by (${SERIES}, verdict) (max_over_time(${sample('verdicts')}[${rollout}]))`,
    },
    {
      record: R.duplicates,
      expr: `max by (${SERIES}) (max_over_time(${sample('duplicates')}[${rollout}]))`,
    },
    {
      record: R.latency,
      expr: `max by (${SERIES}, le) (max_over_time(${latency}[${rollout}]))`,
    },
    ...BURN_WINDOWS.flatMap((window): readonly Recording[] => [
      { record: R[`judged${window}`], expr: increase(JUDGED, window) },
      { record: R[`bad${window}`], expr: increase(BAD, window) },
    ]),
    { record: R.overdue1h, expr: increase(['overdue'], '1h') },
    { record: R.overdue6h, expr: increase(['overdue'], '6h') },
    { record: R.misfiled20m, expr: increase(['misfiled'], '20m') },
    { record: R.misfiled24h, expr: increase(['misfiled'], '24h') },
  ];
}

function increase(verdicts: readonly (typeof JUDGED)[number][], window: string): string {
  const [only = ''] = verdicts;
  const matcher = verdicts.length === 1 ? `="${only}"` : `=~"${verdicts.join('|')}"`;
  return `sum by (${SERIES}) (increase(${R.verdicts}{verdict${matcher}}[${window}]))`;
}

export function budgetAlerts(context: RulesContext): readonly Alert[] {
  return [
    ...misfiled(context),
    burnFast(context),
    burnSlow(context),
    ...slowAlerts(context),
    duplicates(),
  ];
}

interface Burn {
  readonly long: BurnWindow;
  readonly short: BurnWindow;
  readonly factor: number;
  readonly count: number;
}

/** Both windows burn, there are enough bad ones to be no chance, and launches are frequent enough for the short window. */
function burns({ long, short, factor, count }: Burn, objective: number): string {
  const burnt = `${factor} * ${Number((1 - objective).toPrecision(6))}`;
  const ratio = (window: BurnWindow): string =>
    `${R[`bad${window}`]}${TARGET} / (${R[`judged${window}`]}${TARGET} > 0) > ${burnt}`;
  return promql`
    (
      ${ratio(long)}
      and
      ${ratio(short)}
      and
      ${R[`bad${long}`]}${TARGET} > ${atLeast(count)}
    )
    and (${R.interval} * ${LAUNCHES_A_WINDOW} <= ${WINDOW_SECONDS[short]})
  `;
}

const BURN_TEXT = {
  dashboard: 'slo',
  ofProbe: true,
  description:
    'Over a long and a short window more canaries were overdue or misfiled than the objective allows, and enough of them to be no chance.',
} as const;
const HELPDESK = { team: 'helpdesk', culprit: 'helpdesk' } as const;

function burnFast({ objective, durations }: RulesContext): Alert {
  const explained = firing(
    ['EmailDeliveryStragglers', 'EmailSilentLossConfirmed', 'EmailCanaryMisfiled'],
    'page',
  );
  return {
    alert: 'EmailDeliveryBudgetBurnFast',
    why: 'Not while a stall is in the windows, after its canaries have paged otherwise, or when the control was late as well. Needs launches at least every 100 s.',
    expr: promql`
      (
        ${burns(BURN.fast, objective)}
      )
      unless on (job, sender) ${R.overdue1h}{role="control"} > ${atLeast(2)}
      unless on (job, probe) count_over_time(${R.stalled}[${BURN_GRACE}])
      unless on (job, probe) count_over_time(${explained}[${BURN_GRACE}])
    `,
    // When a watcher sees again, many are overdue at once: the group that knows of the stall may run after this one.
    for: durations.others,
    keepFiringFor: durations.keepLoss,
    severity: 'page',
    ...HELPDESK,
    labels: { long_window: BURN.fast.long },
    summary: `Email to {{ $labels.probe }} is late too often: {{ $value | humanizePercentage }} of the last ${BURN.fast.long}`,
    ...BURN_TEXT,
  };
}

function burnSlow({ objective }: RulesContext): Alert {
  return {
    alert: 'EmailDeliveryBudgetBurnSlow',
    why: 'Needs launches at least every 10 min for the first part, every 2 h for the second.',
    expr: promql`
      (
        ${burns(BURN.slow, objective)}
        or
        ${burns(BURN.slowest, objective)}
      )
      unless on (job, sender) ${R.overdue6h}{role="control"} > ${atLeast(2)}
    `,
    severity: 'ticket',
    ...HELPDESK,
    labels: { long_window: `${BURN.slow.long}-${BURN.slowest.long}` },
    summary:
      'Email to {{ $labels.probe }} uses up its error budget: {{ $value | humanizePercentage }} overdue or misfiled',
    ...BURN_TEXT,
  };
}

function misfiled({ durations }: RulesContext): readonly Alert[] {
  const pages = firing('EmailCanaryMisfiled', 'page');
  const common = {
    alert: 'EmailCanaryMisfiled',
    ...HELPDESK,
    summary:
      'Email to {{ $labels.probe }} lands in spam, suspended or trash: {{ printf "%.0f" $value }} in 20 min',
    description:
      "The mail is taken and delivered, but where no agent looks. Customers' mail may share its fate.",
    dashboard: 'overview',
    ofProbe: true,
  } as const;
  return [
    {
      ...common,
      why: 'News is a page, of two or where the cadence is slow of one; known for a day, a ticket. The page holds itself up, or its own canaries would end it after 20 min.',
      expr: promql`
        (
          ${R.misfiled20m}${TARGET} > ${atLeast(2)}
          or
          (${R.misfiled20m}${TARGET} > ${atLeast(1)} and ${R.oneDecides})
        )
        unless (
          ${R.misfiled24h} offset 20m > ${atLeast(1)}
          unless on (${SERIES}) ${pages}
        )
      `,
      keepFiringFor: durations.keepStragglers,
      severity: 'page',
    },
    {
      ...common,
      expr: promql`
        ${R.misfiled20m}${TARGET} > ${atLeast(1)}
        unless on (${SERIES}) ${pages}
      `,
      keepFiringFor: '1h',
      severity: 'ticket',
    },
  ];
}

function duplicates(): Alert {
  return {
    alert: 'EmailDuplicateIngestion',
    expr: `increase(${R.duplicates}${TARGET}[30m]) > ${atLeast(3)}`,
    severity: 'ticket',
    ...HELPDESK,
    summary:
      'Email to {{ $labels.probe }} becomes several tickets: {{ printf "%.0f" $value }} copies too many in 30 min',
    description:
      'The same mail was seen more than once at the same time. Customers get several tickets and several answers.',
    dashboard: 'loss',
    ofProbe: true,
  };
}

import { formatDuration, writeDuration } from '../../base/duration.ts';
import type { CadenceOutcome } from '../../domain/loss/cadence.ts';
import { table } from './style.ts';

export interface PlanRow extends CadenceOutcome {
  /** Null where nobody counts requests. */
  readonly requestsAMinute: number | null;
  /** As the probe is configured now. */
  readonly isConfigured: boolean;
}

export interface PlanReport {
  /** Null without a configuration. */
  readonly probe: string | null;
  readonly usual: number;
  readonly lateAfterMs: number;
  /** Requests that we make in a minute at most; null where nobody counts. */
  readonly requestLimit: number | null;
  /** What is documented of the other side's own limit; null without a configuration. */
  readonly documentedLimit: string | null;
  readonly rows: readonly PlanRow[];
}

/** For a person: a row a cadence, then what the figures mean. */
export function renderPlan(report: PlanReport): readonly string[] {
  const { probe, usual, lateAfterMs, requestLimit, documentedLimit, rows } = report;
  const losses = rows[0]?.detections.map(({ loss }) => loss) ?? [];
  const counted = requestLimit !== null;
  const head = [
    'every',
    ...losses.map((loss) => `${percent(loss)} lost`),
    'pages by chance a year',
    'tickets a day',
    'a month',
    ...(counted ? ['requests a minute'] : []),
  ];
  const cells = rows.map((row) => [
    `${writeDuration(row.everyMs)}${row.isConfigured ? ' (now)' : ''}`,
    ...row.detections.map(({ meanMs, p95Ms }) => `${roughly(meanMs)} / ${roughly(p95Ms)}`),
    `${amount(row.chancePagesAYear)} (${row.stragglers} missing)`,
    amount(row.canariesADay),
    amount(row.canariesADay * 30),
    ...(counted ? [requestsText(row, requestLimit)] : []),
  ]);
  const about = probe === null ? 'One probe with default settings' : `Probe ${probe}`;
  return [
    `${about}: late after ${writeDuration(lateAfterMs)}, usual loss ${percent(usual)}.`,
    '',
    ...table([head, ...cells]),
    '',
    ...(documentedLimit === null
      ? []
      : [`requests: the limit of the other side: ${documentedLimit}.`]),
    'lost: from the beginning of the loss to the page EmailSilentLossConfirmed, mean / 95 of 100.',
    'That page comes by chance at most once a year, for all probes together.',
    'pages by chance: so many missing at nearly the same time, at the usual loss (EmailDeliveryStragglers; of one: EmailDeliveryStalled).',
    'Heavy loss pages sooner, by stragglers or as a stall. Canaries are taken to be lost independently of each other.',
  ];
}

function requestsText({ requestsAMinute: requests }: PlanRow, limit: number): string {
  if (requests === null) return '-';
  return `about ${amount(requests)} (${Math.round((requests / limit) * 100)} % of ${limit})`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

/** Two digits are enough: these are estimates. */
function amount(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(2)));
}

function roughly(ms: number): string {
  const unit = ms < 3_600_000 ? 60_000 : 600_000;
  return formatDuration(Math.max(unit, Math.round(ms / unit) * unit));
}

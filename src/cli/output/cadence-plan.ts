import { writeDuration } from '../../base/duration.ts';
import type { CadenceOutcome } from '../../domain/loss/cadence.ts';
import type { Installation } from '../installation.ts';
import { amount, renderInstallation, requestsText } from './installation.ts';
import { table, type Style } from './style.ts';
import { wrap } from './width.ts';

const HOUR_MS = 3_600_000;

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
  /** All probes together; null without a configuration. */
  readonly installation: Installation | null;
}

export interface PlanLook {
  readonly style: Style;
  readonly columns: number;
}

/** For a person: a row a cadence, twice, each with what its figures mean; then all probes together. */
export function renderPlan(report: PlanReport, look: PlanLook): readonly string[] {
  const { probe, usual, lateAfterMs, installation } = report;
  const about = probe === null ? 'One probe with default settings' : `Probe ${probe}`;
  return [
    `${about}: late after ${writeDuration(lateAfterMs)}, usual loss ${percent(usual)}.`,
    '',
    ...soonness(report, look),
    '',
    ...cost(report, look),
    ...(installation === null ? [] : ['', ...renderInstallation(installation, look)]),
  ];
}

function soonness({ rows }: PlanReport, { columns }: PlanLook): readonly string[] {
  const losses = rows[0]?.detections.map(({ loss }) => loss) ?? [];
  const head = ['every', ...losses.map((loss) => `${percent(loss)} lost`)];
  const cells = rows.map((row) => [
    everyText(row),
    ...row.detections.map(({ meanMs, p95Ms }) => `${roughly(meanMs)} / ${roughly(p95Ms)}`),
  ]);
  const meaning = [
    'lost: from the beginning of the loss to the page EmailSilentLossConfirmed, mean / 95 of 100. That page comes by chance at most once a year, for all probes together.',
    'Heavy loss pages sooner, by stragglers or as a stall. Canaries are taken to be lost independently of each other.',
  ];
  return [...table([head, ...cells]), ...meaning.flatMap((text) => wrap(text, columns))];
}

function cost({ rows, ...report }: PlanReport, { columns }: PlanLook): readonly string[] {
  const { requestLimit: limit, documentedLimit } = report;
  const requests = limit === null ? [] : ['requests a minute'];
  const head = ['every', 'by chance a year', 'tickets a day', 'a month', ...requests];
  const cells = rows.map((row) => [
    everyText(row),
    `${amount(row.chancePagesAYear)} (${row.stragglers} missing)`,
    amount(row.canariesADay),
    amount(row.canariesADay * 30),
    ...(limit === null ? [] : [requestsText({ ...row, requestLimit: limit })]),
  ]);
  const meaning = [
    'by chance: pages of so many missing at nearly the same time, at the usual loss (EmailDeliveryStragglers; of one: EmailDeliveryStalled).',
    ...(documentedLimit === null
      ? []
      : [`requests are estimates; the limit of the other side: ${documentedLimit}.`]),
  ];
  return [...table([head, ...cells]), ...meaning.flatMap((text) => wrap(text, columns))];
}

function everyText({ everyMs, isConfigured }: PlanRow): string {
  return `${writeDuration(everyMs)}${isConfigured ? ' (now)' : ''}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

/** In as few columns as durations of an estimate need: `1h10m`. */
function roughly(ms: number): string {
  const unit = ms < HOUR_MS ? 60_000 : ms < 24 * HOUR_MS ? HOUR_MS / 6 : HOUR_MS;
  return writeDuration(Math.max(unit, Math.round(ms / unit) * unit));
}

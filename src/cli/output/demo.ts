import type { Instant } from '../../base/clock.ts';
import { formatDuration } from '../../base/duration.ts';
import type { DemoCounts, DemoTruth } from '../demo-books.ts';
import type { Page, WatchLine } from '../../server/page-watch.ts';
import { table, type Style } from './style.ts';
import { shorten, wrap } from './width.ts';

/** How wide the terminal is, and its colours. */
export interface DemoScreen {
  readonly columns: number;
  readonly style: Style;
}

export interface DemoIntro {
  readonly url: string;
  /** Of the configuration that the monitor runs with. */
  readonly file: string;
  /** Another port than the usual one was taken; undefined: it was not. */
  readonly takenPort: number | undefined;
  readonly recipients: { readonly support: string; readonly control: string };
  readonly incident:
    | {
        readonly name: string;
        readonly about: string;
        readonly lastsMs: number;
        readonly speed: number;
      }
    | undefined;
  /** Between the canaries of a probe, on the clock of the stage. */
  readonly cadenceMs: number;
  /** Milliseconds after which it ends by itself. */
  readonly forMs: number | undefined;
}

export function introText(intro: DemoIntro, { columns, style }: DemoScreen): string {
  const { recipients, incident, takenPort } = intro;
  const lines = [
    ...wrap(
      'mailcanary demo: a mail system, a helpdesk and the monitor that watches them, all in this process. Nothing leaves this machine.',
      columns,
    ),
    '',
    `  status page  ${style.bold(intro.url)}`,
    `  metrics      ${intro.url}metrics`,
    `  settings     ${intro.file}`,
    ...(takenPort === undefined
      ? []
      : [style.dim(`  (port ${takenPort} is taken by somebody else)`)]),
    '',
    ...facts(
      [
        ['support', `${recipients.support}, found by the API of the helpdesk`],
        ['control', `${recipients.control}, a plain mailbox by IMAP`],
      ],
      columns,
    ),
    '',
    ...(incident === undefined
      ? orderLines(intro, columns)
      : incidentLines(intro, incident, columns)),
    ...wrap(endWords(intro), columns),
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function incidentLines(
  { cadenceMs }: DemoIntro,
  incident: NonNullable<DemoIntro['incident']>,
  columns: number,
): readonly string[] {
  const { name, about, lastsMs, speed } = incident;
  const took = formatDuration(lastsMs / speed);
  return [
    ...wrap(`${name}: ${about}`, columns),
    ...wrap(
      `${formatDuration(lastsMs)} pass in ${took} (${speed} times as fast), with a canary every ${formatDuration(cadenceMs)}. The status page lives in that time.`,
      columns,
    ),
  ];
}

function orderLines({ cadenceMs }: DemoIntro, columns: number): readonly string[] {
  return [
    ...wrap(
      `A canary every ${formatDuration(cadenceMs)}. Type what shall go wrong, and see when it is found out:`,
      columns,
    ),
    ...facts(
      [
        ['break helpdesk', 'mail is accepted, and no ticket comes of it'],
        ['lose 5%', 'some mail vanishes'],
        ['recover', 'all is well again'],
        ['help', 'everything that can go wrong'],
      ],
      columns,
    ),
  ];
}

function endWords({ forMs, incident }: DemoIntro): string {
  if (forMs !== undefined) return `It ends after ${formatDuration(forMs)}, or with Ctrl-C.`;
  return incident === undefined ? 'Ctrl-C ends it.' : 'It ends by itself, or with Ctrl-C.';
}

function facts(rows: readonly (readonly [string, string])[], columns: number): readonly string[] {
  return table(rows.map(([name, words]) => [`  ${name}`, words])).map((line) =>
    shorten(line, columns),
  );
}

/** Since the beginning: `0:07`, `1:02:03`; of an incident in hours and minutes: `31:07`. */
export function elapsed(ms: number, isIncident: boolean): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  if (isIncident) return `${hours}:${pad(minutes)} h`;
  const rest = pad(seconds % 60);
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${pad(minutes)}:${rest}`;
}

export interface DemoTime {
  readonly startedAt: Instant;
  readonly isIncident: boolean;
}

export function lineText(line: WatchLine, time: DemoTime, { columns, style }: DemoScreen): string {
  const { at, who, tone, label, detail } = line;
  const when = elapsed(at - time.startedAt, time.isIncident).padStart(8);
  const head = `${when}  ${who.padEnd(7)}  `;
  const rest = columns - head.length - Math.max(8, label.length) - 2;
  const words = detail === '' || rest < 4 ? '' : `  ${shorten(detail, rest)}`;
  const paint = {
    good: style.good,
    idle: style.dim,
    warn: style.warn,
    unknown: style.warn,
    bad: style.bad,
  }[tone];
  return `${style.dim(when)}  ${who.padEnd(7)}  ${paint(label.padEnd(8))}${words}\n`;
}

/** How many canaries of a probe came since the last time, in an incident that is not told one by one. */
export function progressLine(
  probe: string,
  {
    before,
    now,
    at,
  }: { readonly before: DemoCounts | undefined; readonly now: DemoCounts; readonly at: Instant },
): WatchLine {
  const grown = (key: keyof DemoCounts): number => now[key] - (before?.[key] ?? 0);
  const [late, onTime] = [grown('late'), grown('onTime')];
  const others = COLUMNS.slice(2).flatMap(([key, words]) => {
    const count = grown(key);
    return count > 0 ? [`${count} ${words}`] : [];
  });
  const label = `${onTime} on time`;
  return { at, who: probe, tone: late > 0 ? 'warn' : 'idle', label, detail: others.join(', ') };
}

/** Something that the sandbox did, or was told to do; a list of several lines stands by itself. */
export function stageText(
  said: string,
  now: Instant,
  view: { readonly time: DemoTime; readonly screen: DemoScreen },
): string {
  const { time, screen } = view;
  const { columns, style } = screen;
  if (said.includes('\n')) {
    const lines = said.split('\n').flatMap((line) => listLines(`  ${line}`, columns));
    return `${lines.join('\n')}\n`;
  }
  const when = elapsed(now - time.startedAt, time.isIncident).padStart(8);
  const lines = wrap(`* ${said}`, columns - when.length - 2);
  const indent = ' '.repeat(when.length);
  return `${lines
    .map((line, index) => `${style.dim(index === 0 ? when : indent)}  ${style.bold(line)}`)
    .join('\n')}\n`;
}

/** `usage   help` on one line, or on two where the terminal is narrow. */
function listLines(line: string, columns: number): readonly string[] {
  if (line.length <= columns) return [line];
  const [, usage = line, help = ''] = /^( *\S.*?) {2,}(.*)$/.exec(line) ?? [];
  return [shorten(usage, columns), ...wrap(help, columns - 6).map((text) => `      ${text}`)];
}

export interface DemoSummary {
  readonly lastedMs: number;
  readonly speed: number;
  readonly time: DemoTime;
  readonly counts: ReadonlyMap<string, DemoCounts>;
  readonly pages: readonly Page[];
  /** Of the mail to the helpdesk. */
  readonly truth: DemoTruth;
}

export function summaryText(summary: DemoSummary, { columns, style }: DemoScreen): string {
  const { lastedMs, speed, counts, truth } = summary;
  const fast = speed === 1 ? '' : `, ${speed} times as fast`;
  const said = [
    '',
    style.bold(`Summary of ${formatDuration(lastedMs)}${fast}`),
    '',
    ...countLines(counts).map((line) => shorten(line, columns)),
    '',
    ...pageLines(summary).flatMap((line) => wrap(line, columns)),
    '',
    ...wrap(truthWords(truth), columns),
    '',
  ];
  return said.join('\n');
}

const COLUMNS = [
  ['launched', 'launched'],
  ['onTime', 'on time'],
  ['late', 'late'],
  ['missing', 'still missing'],
  ['misfiled', 'misfiled'],
  ['recovered', 'came after all'],
  ['duplicated', 'twice'],
  ['unsent', 'not sent'],
  ['unknown', 'unknown'],
] as const;

/** Columns in which nothing happened are left out, but for the first three. */
function countLines(counts: ReadonlyMap<string, DemoCounts>): readonly string[] {
  const shown = COLUMNS.filter(
    ([key], index) => index < 3 || [...counts.values()].some((own) => own[key] > 0),
  );
  const rows = [...counts].map(([probe, own]) => [
    `  ${probe}`,
    ...shown.map(([key]) => String(own[key])),
  ]);
  return table([['  canaries', ...shown.map(([, words]) => words)], ...rows]);
}

function pageLines({ pages, time }: DemoSummary): readonly string[] {
  if (pages.length === 0) return ['Nobody would have been woken.'];
  const lines = pages.map(({ probe, since, until, why }) => {
    const at = (instant: Instant): string => elapsed(instant - time.startedAt, time.isIncident);
    const end = until === null ? 'and still' : `until ${at(until)}`;
    return `  ${probe}: page at ${at(since)}, ${end}: ${why}`;
  });
  return ['Somebody would have been woken:', ...lines];
}

function truthWords({ accepted, lost, late, duplicated }: DemoTruth): string {
  const more = duplicated === 0 ? '' : `, ${duplicated} came twice`;
  return `What the mail system really did with ${accepted} mails to the helpdesk: ${lost} lost, ${late} late${more}.`;
}

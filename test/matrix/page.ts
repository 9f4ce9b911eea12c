import { allCells, type Cell } from './cells.ts';
import { expect, type Expected, type Range } from './expected.ts';
import { SETTING } from './setting.ts';
import type { Played } from './play.ts';

const s = (ms: number): string => `${(ms / 1_000).toFixed(1).replace(/\.0$/, '')} s`;

/** The columns that follow from the truths alone. */
export function expectedColumns(cell: Cell): readonly string[] {
  const expected = expect(cell);
  const { outcome, verdict, log, requests, gap } = expected;
  return [
    cell.stage,
    cell.fault,
    cell.span,
    cell.mail,
    `${outcome.join(' or ')} / ${verdict ?? 'none'}`,
    countersOf(expected),
    log === null ? '' : log.reasons.join(' or '),
    rangeOf(expected.within, s),
    rangeOf(requests, String),
    rangeOf(gap, s),
  ];
}

function countersOf({ unsent, inDoubt, polls, outcome }: Expected): string {
  const counters: string[] = [];
  if (outcome.includes('unsent')) counters.push(`unsent{${unsent.join(' or ')}}`);
  if (inDoubt.includes(1)) counters.push('in_doubt');
  if (polls.results.length > 0)
    counters.push(`watch_polls{${[...new Set(polls.results)].join(' or ')}}`);
  return counters.join(', ');
}

function rangeOf(range: Range | null, write: (value: number) => string): string {
  if (range === null) return '';
  const [least, most] = range;
  if (least === most) return write(least);
  if (most === Number.POSITIVE_INFINITY) return `>= ${write(least)}`;
  return least === 0 ? `<= ${write(most)}` : `${write(least)} to ${write(most)}`;
}

const TITLES = {
  smtp: 'Sending (SMTP)',
  imap: 'Looking into a mailbox (IMAP)',
  helpscout: 'Looking into a helpdesk (HTTP)',
} as const;

const HEAD = [
  ...['step', 'fault', 'how often', 'mail', 'outcome / verdict', 'counters', 'reason in the log'],
  ...['within', 'times', 'asked again after', 'seen'],
];

/** docs/fault-matrix.md; cells that were not played keep what an earlier page has of them. */
export function pageOf(played: readonly Played[], before = ''): string {
  const seen = new Map(played.map((one) => [keyOf(one.cell), seenOf(one)]));
  const earlier = seenBefore(before);
  const rows = allCells().map((cell) => ({
    cell,
    seen: seen.get(keyOf(cell)) ?? earlier.get(keyOf(cell)) ?? 'not played',
  }));
  const wrong = rows.filter((row) => /^\*\*|^not played|^did not end/.test(row.seen)).length;
  const sections = (['smtp', 'imap', 'helpscout'] as const).map((line) => {
    const own = rows.filter(({ cell }) => cell.line === line);
    return [`## ${TITLES[line]}: ${own.length} cells`, '', ...tableOf(own)].join('\n');
  });
  return [INTRODUCTION(rows.length, wrong), ...sections].join('\n\n') + '\n';
}

interface PageRow {
  readonly cell: Cell;
  readonly seen: string;
}

function tableOf(rows: readonly PageRow[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(HEAD),
    line(HEAD.map(() => '---')),
    ...rows.map(({ cell, seen }) => line([...expectedColumns(cell), seen])),
  ];
}

/** A cell in its section, with all that is expected of it: when that changes, what was seen counts no more. */
function keyOf(cell: Cell): string {
  return [TITLES[cell.line], ...expectedColumns(cell)].join('|');
}

function seenBefore(page: string): ReadonlyMap<string, string> {
  const seen = new Map<string, string>();
  let title = '';
  for (const line of page.split('\n')) {
    title = /^## (.*): \d+ cells$/.exec(line)?.[1] ?? title;
    const cells = line.split('|').map((cell) => cell.trim());
    seen.set([title, ...cells.slice(1, -2)].join('|'), cells.at(-2) ?? '');
  }
  return seen;
}

/** What the run gave, in short; the times of a virtual clock are the same on every machine but for its granularity. */
function seenOf({ row, differences }: Played): string {
  if (row === undefined) return 'did not end';
  if (differences.length > 0) return `**${differences.join('; ')}**`;
  return `${row.outcome}${row.took === null ? '' : `, ${s(row.took)}`}, ${row.requests}x`;
}

function INTRODUCTION(cells: number, wrong: number): string {
  return `<!-- Written by npm run docs:faults; do not edit. -->

# The fault matrix

Every step of a canary's way, with everything that can go wrong there, and what mailcanary makes of it: ${cells} cells, ${wrong} of them not as
expected when it was played last. All columns but the last follow from the truths (\`test/matrix/expected.ts\`); the last is what the product did, with its
real senders and observers over real sockets, against the sandbox behind a proxy with the fault (\`npm run matrix\`). \`npm run matrix:breakages\`
breaks the product on purpose and shows that the matrix sees it.

In each cell one canary is launched: late after ${s(SETTING.lateAfter)}, lost after ${s(SETTING.lostAfter)}, forgotten after ${s(SETTING.forgetAfter)}; every dialogue, look and request may take
${s(SETTING.timeout)}; a slow answer takes ${s(SETTING.slow)}. "lasting" faults never end, "once" is the first time only. A mail that is "lost" was accepted and is delivered nowhere
(when sending: the server never got it whole). "within" is the time to the answer (sending), or from the fault to its line in the log; "times" counts
dialogues (sending), or how often the faulty step is taken; "asked again after" is the pause before the second time.

- unsent, in doubt: at the step at which the dialogue ended. Nothing that may have been taken is sent again.
- blind / void: nobody could look. It is never taken for a loss, however long it lasts.
- lost / overdue: a complete look after the deadline did not show it.`;
}

/** Cells of which a page does not say what is expected. */
export function staleCells(page: string): readonly Cell[] {
  const known = seenBefore(page);
  return allCells().filter((cell) => !known.has(keyOf(cell)));
}

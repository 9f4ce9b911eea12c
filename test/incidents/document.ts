import { HEAD, type Row } from './row.ts';

const INTRO = `# Incidents, replayed

Written by \`npm run docs:incidents\`: each scenario of the sandbox on a virtual clock (\`mailcanary simulate NAME --rules\`), with the
monitor itself, and the generated alert rules in promtool. The same seed gives the same table.

Times are minutes from the onset, the first step of the scenario. *First sign*: the status page shows a probe as less than
well. *Pages*: how often an alert of severity page began firing, and how many of them before the onset; Alertmanager's inhibition
is not applied. *Verdicts*: how many were held against what the mail system really did, and how many were wrong. *Late, missing, twice*:
how many canaries to the helpdesk came late, had not come at the end, and came more than once, by the monitor's books; what really
happened stands beside it where it is not the same: with those of which the monitor says that it does not know, and those that were
late by less than a latency is exact.

\*, one a server\*: as many canaries in all, but each probe hands its own to one inbound server (\`--per-server\`), so that a
page says by which way mail does not come. Whoever takes a server out pauses its probe; what is in flight then is unknown.

The last three columns are how others judge, given our canaries, our eyes and ten minutes of patience, which few of them can
express: the age of the newest arrival; the last finished run; three failed runs in a row. They say that something is late,
and not whose fault it is.

What the alerts make of a mail loop, of alerts that get lost and of everything else that no mail system does is in
[alert-time-lines.md](alert-time-lines.md); two hundred months in which nothing is wrong are in [figures.md](figures.md).

`;

export function documentOf(rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.join(' | ')} |\n`;
  return `${INTRO}${line(HEAD)}${line(HEAD.map(() => '---'))}${rows.map(line).join('')}`;
}

/** The lines of the table in a document as {@link documentOf} writes it. */
export function rowsOf(document: string): readonly Row[] {
  const lines = document.split('\n').filter((line) => line.startsWith('| '));
  // After the head and the rule below it.
  return lines.slice(2).map((line) => line.slice(2, -2).split(' | '));
}

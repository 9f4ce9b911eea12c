import { formatDuration } from '../../base/duration.ts';
import type { ProbeFacts } from '../reply.ts';
import type { StatusFacts } from '../status-facts.ts';
import { probeExitCode } from './status-scale.ts';
import { lagOf, sentenceOf, stuckOf, troubleOf } from './status-words.ts';
import { table, type Style } from './style.ts';
import { shorten, wrap } from './width.ts';

export interface StatusLook {
  readonly style: Style;
  /** Of the terminal; infinite where there is none. No line is longer. */
  readonly columns: number;
}

interface Column {
  readonly head: string;
  readonly cell: (probe: ProbeFacts) => string;
}

/** In the order of their worth: narrow terminals get the first ones. */
const COLUMNS: readonly Column[] = [
  { head: 'probe', cell: ({ name }) => name },
  { head: 'state', cell: ({ state }) => state.replaceAll('_', ' ') },
  { head: 'lag', cell: lag },
  { head: 'missing', cell: ({ overdue }) => (overdue === 0 ? '-' : String(overdue)) },
  { head: 'last latency', cell: latency },
  { head: 'in flight', cell: ({ in_flight: count }) => (count === 0 ? '-' : String(count)) },
];
const FEWEST_COLUMNS = 2;
const GAP = 2;

/** For a person: a table, then a sentence for each probe that needs one, then who says so. */
export function renderStatus(facts: StatusFacts, look: StatusLook): readonly string[] {
  const { style, columns } = look;
  const { probes, source } = facts;
  const [head = '', ...rows] = tableWithin(probes, columns);
  const lines = [
    style.dim(head),
    ...rows.map((row, index) => paintState(row, probes[index], look)),
  ];
  const remarks = probes.flatMap((probe) => remarksOf(probe, facts, look));
  const controls = controlLines(facts, look);
  const note = wrap(`${facts.note}${source === 'monitor' ? `, ${clockOf(facts)}` : ''}`, columns);
  return [
    ...lines,
    ...(remarks.length === 0 ? [] : ['', ...remarks]),
    ...(controls.length === 0 ? [] : ['', ...controls]),
    '',
    ...note.map(source === 'monitor' ? style.dim : style.warn),
  ];
}

function tableWithin(probes: readonly ProbeFacts[], columns: number): readonly string[] {
  for (let count = COLUMNS.length; count > FEWEST_COLUMNS; count -= 1) {
    const lines = tableOf(probes, count);
    if (lines.every((line) => line.length <= columns)) return lines;
  }
  // The state is what matters: the name gives way.
  const states = probes.map(({ state }) => state.length + GAP);
  const room = Math.max(1, columns - Math.max('state'.length + GAP, ...states));
  const named = probes.map((probe) => ({ ...probe, name: shorten(probe.name, room) }));
  return tableOf(named, FEWEST_COLUMNS).map((line) => shorten(line, columns));
}

function tableOf(probes: readonly ProbeFacts[], count: number): readonly string[] {
  const shown = COLUMNS.slice(0, count);
  const heads = shown.map(({ head }) => head);
  return table([heads, ...probes.map((probe) => shown.map(({ cell }) => cell(probe)))]);
}

/** Painted last: colours have no width. */
function paintState(row: string, probe: ProbeFacts | undefined, { style }: StatusLook): string {
  if (probe === undefined) return row;
  const word = probe.state.replaceAll('_', ' ');
  const at = row.indexOf(`  ${word}`);
  if (at < 0) return row;
  const start = row.slice(0, at + 2);
  return `${start}${paintOf(probe, style)(word)}${row.slice(start.length + word.length)}`;
}

function paintOf(probe: ProbeFacts, style: Style): (text: string) => string {
  switch (probeExitCode(probe)) {
    case 0:
      return probe.state === 'paused' ? style.dim : style.good;
    case 2:
      return style.bad;
    case 1:
    case 3:
      return style.warn;
  }
}

function remarksOf(probe: ProbeFacts, facts: StatusFacts, look: StatusLook): readonly string[] {
  const { style, columns } = look;
  const sentence = sentenceOf(probe, facts);
  const stuck = stuckOf(probe);
  const trouble = troubleOf(probe);
  return [
    ...(sentence === undefined ? [] : wrap(`${probe.name}: ${sentence}`, columns)),
    ...(stuck === undefined ? [] : wrap(`${probe.name}: ${stuck}`, columns)),
    ...(trouble === undefined
      ? []
      : wrap(`${probe.name}: last trouble ${trouble}`, columns).map(style.dim)),
  ];
}

/** Of each observer of these probes that has one: whether looks showed what they had to. */
function controlLines(facts: StatusFacts, { style, columns }: StatusLook): readonly string[] {
  const concerned = new Set(facts.probes.map(({ observer }) => observer));
  return facts.observers.flatMap(({ name, positive_control: control }) => {
    if (control === null || !concerned.has(name)) return [];
    const { result, age_seconds: age } = control;
    const told =
      result === null ? 'not made yet' : `${result} ${seconds(Math.round(age ?? 0))} ago`;
    const paint = result === 'failed' ? style.warn : style.dim;
    return wrap(`${name}: last control ${told}`, columns).map(paint);
  });
}

function lag(probe: ProbeFacts): string {
  const value = lagOf(probe);
  return value === null ? '-' : seconds(value);
}

function latency(probe: ProbeFacts): string {
  const { last_latency_seconds: value, last_latency_error_seconds: error } = probe;
  return value === null ? '-' : `${seconds(value)} +/- ${seconds(error ?? 0)}`;
}

function seconds(value: number): string {
  return value === 0 ? '0 s' : formatDuration(value * 1_000);
}

function clockOf({ at }: StatusFacts): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}

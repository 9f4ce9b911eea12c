import type { CheckFacts } from '../check-observer.ts';
import type { Style } from './style.ts';
import { shorten, wrap } from './width.ts';

/** One thing tried, and how it went. */
export interface Finding {
  readonly what:
    'config' | 'ledger' | 'sender' | 'observer' | 'heartbeat' | 'alertmanager' | 'canary';
  readonly name: string;
  readonly ok: boolean;
  readonly summary: string;
  readonly reason: string | null;
  readonly warnings: readonly string[];
  /** Of an observer: `imap`. */
  readonly type?: string | undefined;
  /** Of an observer that could be asked: question by question. */
  readonly facts?: CheckFacts | undefined;
}

export interface Look {
  readonly style: Style;
  readonly columns: number;
}

/** What to do about each reason, in the imperative. */
const ADVICE: Readonly<Record<string, string>> = {
  auth: 'check user and password, and that this login is allowed',
  unreachable: 'check host and port, and that no firewall is in between',
  timeout: 'the server is slow, or something drops the packets on the way',
  tls: 'check the certificate; ca_file names a private CA',
  refused: 'the server understood and said no: see its words above',
  'rate-limited': 'the server wants fewer connections; try again later',
  'bad-reply': 'is this port really of that protocol?',
  config: 'correct the configuration',
  ledger:
    'check that the folder exists, can be written and has room; of PostgreSQL: that it runs, and what it said',
};

/** `FAIL` and two blanks. */
const MARK = 6;
const GAP = 2;

/** For a person: a row a finding, and below an observer a row a fact. No line is longer than `columns`. */
export function renderCheck(findings: readonly Finding[], look: Look): readonly string[] {
  const longest = Math.floor(look.columns / SHARE);
  const lengths = findings.map((finding) => nameOf(finding).length);
  const width = Math.max(0, ...lengths.filter((length) => length <= longest));
  return findings.flatMap((finding) => [
    ...headRows(finding, width, look),
    ...adviceRows(finding, look),
    ...(finding.facts === undefined ? [] : factRows(finding.facts, look)),
    ...untold(finding).flatMap((text) => note(`warning: ${text}`, look.style.warn, look)),
  ]);
}

/** What is longer than this share of a line, such as a path, has one of its own. */
const SHARE = 3;

function nameOf({ what, name }: Finding): string {
  return `${what} ${name}`;
}

function headRows(finding: Finding, width: number, look: Look): readonly string[] {
  const { style, columns } = look;
  const name = shorten(nameOf(finding), columns - MARK);
  const at = MARK + width + GAP;
  const [first = '', ...rest] = cell(summaryOf(finding), at, look);
  const mark = finding.ok ? `${style.good('ok')}    ` : `${style.bad('FAIL')}  `;
  if (name.length > width) return [`${mark}${name}`, `${' '.repeat(at)}${first}`, ...rest];
  return [`${mark}${name.padEnd(width + GAP)}${first}`, ...rest];
}

function adviceRows({ reason }: Finding, look: Look): readonly string[] {
  const advice = reason === null ? undefined : ADVICE[reason];
  return advice === undefined ? [] : note(`${reason ?? ''}: ${advice}`, look.style.dim, look);
}

/** The facts say the rest. */
function summaryOf({ summary, facts, type = '' }: Finding): string {
  return facts === undefined ? summary : `${type}, ${facts.volume.text}`;
}

/** A fact that stands there already is not told twice. */
function untold({ warnings, facts }: Finding): readonly string[] {
  if (facts === undefined) return warnings;
  const told = ROWS.map(([key]) => facts[key].text);
  return warnings.filter((warning) => !told.some((text) => warning.endsWith(text)));
}

/** In the order in which they are read, with what they are called here. */
const ROWS = [
  ['login', 'login'],
  ['read', 'read'],
  ['tidy', 'tidy'],
  ['inbox', 'inbox'],
  ['misfiled', 'misfiled'],
  ['clock', 'clock'],
  ['rate', 'requests'],
  ['control', 'control'],
  ['webhook', 'webhook'],
] as const satisfies readonly (readonly [keyof CheckFacts, string])[];

/** Told without colour too. */
const MARKS = { ok: 'ok', warn: '!', unknown: '-', fail: 'FAIL' } as const;
const LABEL = 8;

function factRows(facts: CheckFacts, look: Look): readonly string[] {
  const { style } = look;
  const paints = {
    ok: style.good,
    warn: style.warn,
    unknown: style.dim,
    fail: style.bad,
  };
  return ROWS.flatMap(([key, label]) => {
    const { state, text } = facts[key];
    const mark = MARKS[state];
    const paint = paints[state];
    const [first = '', ...rest] = cell(text, 2 * MARK + LABEL + GAP, look);
    const lead = ' '.repeat(MARK);
    const marked = `${paint(mark)}${' '.repeat(MARK - mark.length)}`;
    return [`${lead}${marked}${label.padEnd(LABEL + GAP)}${first}`, ...rest];
  });
}

/** The lines of a last column that begins at `at`; those after the first come with what is before them. */
function cell(text: string, at: number, { columns }: Look): readonly string[] {
  const [first = '', ...rest] = wrap(text, Math.max(NARROWEST, columns - at));
  return [first, ...rest.map((line) => `${' '.repeat(at)}${line.trimStart()}`)];
}

const NARROWEST = 20;

function note(text: string, paint: (text: string) => string, look: Look): readonly string[] {
  const lead = ' '.repeat(MARK);
  return wrap(text, Math.max(NARROWEST, look.columns - MARK)).map(
    (line) => `${lead}${paint(line)}`,
  );
}

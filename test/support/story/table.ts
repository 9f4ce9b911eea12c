import type { Fired } from './promtool.ts';
import type { Expectation, Story } from './story.ts';

const HEADER = `# Time lines of trouble, and what the alerts make of them

Written by \`test/real/rules.test.ts\` from a run of the generated rules over what the monitor would have exported (promtool).
Times are minutes and seconds since the story began; canaries go out each minute and are late after 10 minutes unless the
story says otherwise. Seen is when the alert fired first, and when it had ended. Notes for dashboards and side effects that a story does
not speak about (slow error budget) are left out.

| what happens | expected | seen |
| --- | --- | --- |
`;

/** The table for people: what was to come of each story, and what came. */
export function tableOf(
  runs: readonly { readonly story: Story; readonly fired: readonly Fired[] }[],
): string {
  const rows = runs.map(({ story, fired }) => {
    const expected = story.expected.map((one) => expectation(one));
    const isTold = ({ alert, severity }: Fired): boolean =>
      story.ignores?.includes(alert) !== true ||
      story.expected.some((one) => one.alert === alert && one.severity === severity);
    const relevant = fired.filter((one) => one.severity !== 'none' && isTold(one));
    const seen = relevant.map((one) => sighting(one, story));
    return `| **${story.name}**: ${story.tells} | ${cell(expected)} | ${cell(seen.sort())} |`;
  });
  return `${HEADER}${rows.join('\n')}\n`;
}

const TIME = /(\d+):(\d\d)/g;
/** The longest interval of a rule group. */
const EVALUATION = 60;

/**
 * Whether two tables differ at most in times, by one evaluation: promtool shuffles the groups, so what one takes from
 * another comes now in the same round, now in the next.
 */
export function isSameTable(a: string, b: string): boolean {
  if (a.replace(TIME, '#') !== b.replace(TIME, '#')) return false;
  const [timesOfA, timesOfB] = [timesIn(a), timesIn(b)];
  return timesOfA.every((time, index) => Math.abs(time - (timesOfB[index] ?? NaN)) <= EVALUATION);
}

function timesIn(text: string): readonly number[] {
  return [...text.matchAll(TIME)].map(([, minutes, rest]) => Number(minutes) * 60 + Number(rest));
}

function cell(lines: readonly string[]): string {
  return lines.length === 0 ? 'nothing' : [...new Set(lines)].join('<br>');
}

function expectation({ alert, severity, fires: [from], ends }: Expectation): string {
  const end = ends === undefined ? '' : `, ends ${clock(ends[0])} to ${clock(ends[1])}`;
  return `${severity}: ${alert} from ${clock(from)}${end}`;
}

function sighting({ alert, severity, first, last }: Fired, { step = 5, until }: Story): string {
  const end = last + step > until ? '' : ` to ${clock(last + step)}`;
  return `${severity}: ${alert} ${clock(first)}${end}`;
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

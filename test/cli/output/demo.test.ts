import { describe, expect, it } from 'vitest';
import type { DemoCounts } from '../../../src/cli/demo-books.ts';
import {
  elapsed,
  introText,
  lineText,
  progressLine,
  stageText,
  summaryText,
} from '../../../src/cli/output/demo.ts';
import { createStyle } from '../../../src/cli/output/style.ts';
import { commandHelp } from '../../../src/sandbox/commands.ts';

const START = Date.UTC(2026, 0, 5, 9, 0, 0);
const time = { startedAt: START, isIncident: false };
const screen = (columns: number) => ({ columns, style: createStyle(false) });
const counts: DemoCounts = {
  launched: 9,
  onTime: 5,
  late: 3,
  misfiled: 0,
  unknown: 0,
  missing: 1,
  recovered: 2,
  duplicated: 0,
  unsent: 0,
};
const intro = {
  url: 'http://127.0.0.1:9926/',
  file: '/tmp/mailcanary-demo-abcdef/mailcanary.yaml',
  takenPort: 9_925,
  recipients: { support: 'support@sandbox.test', control: 'control@sandbox.test' },
  incident: undefined,
  cadenceMs: 5_000,
  forMs: undefined,
};
const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('what the demo says', () => {
  it.each([40, 60, 100])('fits into %i columns', (columns) => {
    const view = { time, screen: screen(columns) };
    const line = { at: START, who: 'support', tone: 'bad', label: 'PAGE', detail: 'x '.repeat(99) };
    const incident = { name: 'x', about: 'All is slow for hours on end.', lastsMs: 9e6, speed: 60 };
    const page = { probe: 'support', since: START, until: null, why: 'y '.repeat(70) };
    const truth = { accepted: 9, lost: 1, late: 3, duplicated: 0 };
    const summary = {
      lastedMs: 9e6,
      speed: 60,
      time,
      counts: new Map([['support', counts]]),
      truth,
    };

    const texts = [
      stageText(commandHelp(), START, view),
      stageText('5% of the mail to the helpdesk disappears', START, view),
      lineText({ ...line, tone: 'bad' }, time, screen(columns)),
      summaryText({ ...summary, pages: [page] }, screen(columns)),
    ];

    for (const text of texts) expect(widest(text), text).toBeLessThanOrEqual(columns);
    const told = introText({ ...intro, incident }, screen(columns));
    // an address must be whole, to be opened
    const rest = told.split('\n').filter((text) => !/^ {2}(status|metrics|settings)/.test(text));
    expect(widest(rest.join('\n'))).toBeLessThanOrEqual(columns);
  });

  it('says where to look and what to try', () => {
    const text = introText(intro, screen(100));

    expect(text).toMatch(/status page +http:\/\/127\.0\.0\.1:9926\/\n/);
    expect(text).toContain('(port 9925 is taken by somebody else)');
    expect(text).toMatch(/ {2}break helpdesk .*\n {2}lose 5% .*\n {2}recover /);
    expect(text).toContain('Ctrl-C ends it.');
  });

  it('uses colours only where they are wanted', () => {
    const line = { at: START + 7_000, who: 'control', tone: 'good', label: 'on time' } as const;

    expect(lineText({ ...line, detail: '2 s' }, time, screen(80))).toBe(
      '    0:07  control  on time   2 s\n',
    );
    const bright = { columns: 80, style: createStyle(true) };
    expect(lineText({ ...line, detail: '2 s' }, time, bright)).toContain('\u001b[32mon time');
  });

  it('counts what happened, leaves out what did not, and says when it paged', () => {
    const text = summaryText(
      {
        lastedMs: 95_000,
        speed: 1,
        time,
        counts: new Map([['support', counts]]),
        pages: [
          { probe: 'support', since: START + 36_000, until: START + 54_000, why: 'all is gone' },
        ],
        truth: { accepted: 9, lost: 1, late: 3, duplicated: 2 },
      },
      screen(100),
    );

    expect(text).toContain('  canaries  launched  on time  late  still missing  came after all\n');
    expect(text).toContain('  support   9         5        3     1              2\n');
    expect(text).toContain('support: page at 0:36, until 0:54: all is gone\n');
    expect(text).toContain('with 9 mails to the helpdesk: 1 lost, 3 late, 2 came twice.');
  });

  it('of an incident says what came since the last time', () => {
    const before = { ...counts, onTime: 2, late: 1 };
    const line = progressLine('support', { before, now: counts, at: START });

    expect(line).toMatchObject({ tone: 'warn', label: '3 on time', detail: '2 late' });
  });

  it.each([
    [7_400, false, '0:07'],
    [3_661_000, false, '1:01:01'],
    [113_400_000, true, '31:30 h'],
  ])('%i ms after the start is %s', (ms, isIncident, text) => {
    expect(elapsed(ms, isIncident)).toBe(text);
  });
});

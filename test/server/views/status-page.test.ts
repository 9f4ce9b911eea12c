import { describe, expect, it } from 'vitest';
import type { ObserverStatus, ProbeStatus } from '../../../src/engine/control.ts';
import { html } from '../../../src/server/views/html.ts';
import { statusPage } from '../../../src/server/views/status-page.ts';
import { TEST_ROUTE } from '../../support/test-launch.ts';
import { aModel, anObserver, aProbe, glimpses, MINUTE, NOW } from '../samples.ts';

const HOSTILE = `</td><script>alert('x')</script><img src=x onerror="y">&`;

/** What a reader sees, in one line. */
function textOf(page: { readonly text: string }): string {
  return page.text
    .replace(/<head>.*<\/head>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

function headline(probes: readonly ProbeStatus[], observers?: readonly ObserverStatus[]): string {
  const page = statusPage(aModel({ probes, ...(observers === undefined ? {} : { observers }) }));
  return /<h1>(.*?)<\/h1>/s.exec(page.text)?.[1]?.replace(/\s+/g, ' ') ?? '';
}

const stalled = aProbe({
  headAt: NOW - 23 * MINUTE,
  headWaiting: 20,
  latest: glimpses(['waiting', 'overdue', 'overdue', 'on_time']),
});
const control = aProbe({ route: { ...TEST_ROUTE, probe: 'control', role: 'control' }, to: 'c@x' });

describe('statusPage', () => {
  it('says what came as far as an observer in front, and no farther', () => {
    const stages = [{ observer: 'mailbox', stuck: 7 }];

    const text = textOf(statusPage(aModel({ probes: [{ ...stalled, stages }] })));

    expect(text).toContain('7 of the overdue were seen by mailbox and never by helpdesk');
    expect(textOf(statusPage(aModel({ probes: [stalled] })))).not.toContain('of the overdue');
  });

  it.each<[string, readonly ProbeStatus[]]>([
    ['Mail is arriving.', [aProbe()]],
    ['Mail to support@example.com is not arriving.', [control, stalled]],
    ['Mail is not arriving at 2 of 3 probes.', [stalled, { ...stalled }, control]],
    ['Trouble at 2 of 2 probes.', [stalled, aProbe({ stragglers: 2 })]],
    ['Some mail to support@example.com is missing.', [aProbe({ stragglers: 2 })]],
    [
      'Some mail to support@example.com is missing.',
      [
        aProbe({
          loss: { evidenceLog10: 7, level: 'confirmed', lastDay: { count: 9, of: 1_440 } },
        }),
      ],
    ],
    [
      'Nobody can see whether mail to support@example.com arrives.',
      [aProbe({ horizon: NOW - 14 * MINUTE })],
    ],
    [
      'support is paused.',
      [aProbe({ pause: { since: NOW, until: NOW + MINUTE, reason: 'upgrade' } })],
    ],
    ['No test mail to support@example.com has arrived yet.', [aProbe({ newestIngestedAt: null })]],
    [
      'No test mail to support@example.com gets out.',
      [aProbe({ oldestUnservedTick: NOW - 9 * MINUTE })],
    ],
    ['No probes are configured.', []],
  ])('says "%s"', (words, probes) => {
    expect(headline(probes)).toBe(words);
  });

  it.each<[string, Partial<ProbeStatus>, Partial<ObserverStatus>]>([
    ['Waiting for the first one. The next launch is', {}, {}],
    ['No launch is planned.', { nextLaunchAt: null }, {}],
    ['The last launch could not be sent (', { latest: glimpses(['unsent', 'waiting']) }, {}],
    ['The last 2 launches could not be sent (', { latest: glimpses(['unsent', 'unsent']) }, {}],
    [
      'Nobody could look yet.',
      {},
      { failure: { reason: 'auth', message: 'no', since: NOW - MINUTE } },
    ],
  ])('says before the first arrival: "%s"', (words, changes, observer) => {
    const probes = [aProbe({ newestIngestedAt: null, ...changes })];

    const page = statusPage(aModel({ probes, observers: [anObserver(observer)] }));

    expect(textOf(page)).toContain(words);
  });

  it('says whose fault a stall is, where a control mailbox tells', () => {
    const silent = { ...stalled, newestIngestedAt: NOW - 24 * MINUTE };
    const both = [
      silent,
      { ...silent, route: { ...TEST_ROUTE, probe: 'c', role: 'control' } },
    ] as const;

    expect(textOf(statusPage(aModel({ probes: [stalled, control] })))).toContain(
      'the fault is on the way into the helpdesk',
    );
    expect(textOf(statusPage(aModel({ probes: both })))).toContain('look at the sender first');
    expect(textOf(statusPage(aModel({ probes: [stalled, control] })))).toContain('of the helpdesk');
    expect(textOf(statusPage(aModel({ probes: both })))).toContain('of the sender');
  });

  it('shows the figures of a probe', () => {
    const text = textOf(statusPage(aModel({ probes: [stalled] })));

    expect(text).toContain('STALLED');
    expect(text).toContain('22 min 59 s');
    expect(text).toContain('3.24 s ± 120 ms');
    expect(text).toContain('The oldest of 20 waiting has been missing for 22 min 59 s');
    expect(text).toContain('overdue, still missing, sent 2 min ago');
  });

  it('tells how much is lost of late, and between which shares that may be, where anything is', () => {
    const lossOf = (count: number): string => {
      const loss = { evidenceLog10: 2, level: 'usual' as const, lastDay: { count, of: 1_440 } };
      return textOf(statusPage(aModel({ probes: [aProbe({ loss })] })));
    };

    expect(lossOf(3)).toContain('loss, last 24 h: 3 of 1440, 0.059 to 0.55 %');
    expect(lossOf(0)).not.toContain('loss, last');
    expect(textOf(statusPage(aModel({ probes: [aProbe({ loss: null })] })))).not.toContain('loss,');
  });

  it('a lag that nobody can see is not "none"', () => {
    const page = statusPage(aModel({ probes: [aProbe({ horizon: NOW - 14 * MINUTE })] }));

    expect(page.text).toMatch(/data-label="Lag">unknown</);
  });

  it('says what is wrong with the monitor itself', () => {
    const checks = [{ name: 'ledger', ok: false, detail: 'disk is full' }];
    const text = textOf(statusPage(aModel({ readiness: { ready: false, checks } })));

    expect(text).toContain('The monitor itself has trouble.');
    expect(text).toContain('Monitor, ledger: disk is full');
  });

  it.each([
    ['control passed 3 min ago', { at: NOW - 3 * MINUTE, result: 'passed' }],
    ['control not made yet', null],
  ] as const)('says of an observer: %s', (words, last) => {
    const positiveControl = { passedAt: null, isBlind: false, last };
    const observers = [anObserver({ positiveControl })];

    expect(textOf(statusPage(aModel({ observers })))).toContain(words);
    expect(textOf(statusPage(aModel()))).not.toContain('control ');
    // On a phone a cell is a label and one thing beside it.
    expect(statusPage(aModel({ observers })).text).toMatch(/data-label="Last look">\s*<div>/);
  });

  it('puts trouble first, and shows a hundred probes at most', () => {
    const many = Array.from({ length: 150 }, (_, index) =>
      aProbe({ route: { ...TEST_ROUTE, probe: `p${String(index).padStart(3, '0')}` } }),
    );
    const page = statusPage(aModel({ probes: [...many, stalled] }));

    expect(page.text.indexOf('support@example.com is not arriving')).toBeGreaterThan(0);
    expect(page.text.match(/<tr role="row" class="(bad|good)"/g)?.length).toBe(101); // an observer too
    expect(textOf(page)).toContain('51 more with less trouble are not shown');
  });

  it('escapes words that come from elsewhere', () => {
    const failure = { reason: 'bad-reply' as const, message: HOSTILE, since: NOW };
    const page = statusPage(
      aModel({
        vantage: HOSTILE,
        probes: [
          aProbe({ to: HOSTILE, route: { ...TEST_ROUTE, probe: HOSTILE, sender: HOSTILE } }),
          aProbe({ pause: { since: NOW, until: NOW + 1, reason: HOSTILE } }),
          aProbe({ horizon: null, activatedAt: 0 }),
        ],
        observers: [anObserver({ failure, type: HOSTILE }), anObserver({ name: HOSTILE })],
        readiness: { ready: false, checks: [{ name: HOSTILE, ok: false, detail: HOSTILE }] },
      }),
    );

    expect(page.text).not.toContain('<script>');
    expect(page.text).not.toContain('<img');
    expect(page.text).not.toMatch(/\sonerror="/);
    expect(page.text).toContain('&lt;script&gt;');
  });

  it('has landmarks, row and column headers, and no inline style or script', () => {
    const { text } = statusPage(aModel({ probes: [stalled] }));

    expect(text).toContain('<main id="main">');
    expect(text).toContain('<html lang="en">');
    expect(text.match(/<h1>/g)?.length).toBe(1);
    expect(text).toContain('scope="row"');
    expect(text).not.toMatch(/\sstyle=|\son\w+=|<style|<script>/);
  });

  it('loads itself again where there is no script', () => {
    expect(statusPage(aModel()).text).toMatch(
      /<noscript>\s*<meta http-equiv="refresh" content="5"\s*\/?>\s*<\/noscript>/,
    );
  });
});

describe('html', () => {
  it('escapes values, not its own text', () => {
    expect(html`<a title="${`"'<&>`}">${['<', html`<br />`, null, 0]}</a>`.text).toBe(
      '<a title="&quot;&#39;&lt;&amp;&gt;">&lt;<br />0</a>',
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { Control } from '../../src/engine/control.ts';
import { aProbe, anObserver, glimpses, MINUTE, NOW, SECOND } from '../server/samples.ts';
import { LOCKED } from '../server/support.ts';
import { TEST_ROUTE } from '../support/test-launch.ts';
import { createTestContext, monitor, run, writeConfig } from './support.ts';

const CONTROL = { ...TEST_ROUTE, probe: 'control', role: 'control' } as const;
const STALLED = { headAt: NOW - 12 * MINUTE, headWaiting: 3, overdue: 2 };
const OVERTAKEN = { stragglers: 2, overdue: 2 };

/** What is said of a probe, and why. */
interface Said extends Partial<Control> {
  readonly sentence: RegExp;
}

describe('status of a running monitor', () => {
  it('tells of each probe, and who says so', async () => {
    const { site, args } = await monitor({
      probes: () => [aProbe(), aProbe({ route: CONTROL, inFlight: 1 })],
    });

    const { exitCode, out } = await run(['status', ...args]);

    expect(out.split('\n').slice(0, 3)).toEqual([
      'probe    state  lag  missing  last latency       in flight',
      'support  ok     0 s  -        3.24 s +/- 120 ms  -',
      'control  ok     0 s  -        3.24 s +/- 120 ms  1',
    ]);
    expect(out).toMatch(new RegExp(`^from the monitor at 127.0.0.1:${site.port}, `, 'm'));
    expect(exitCode).toBe(0);
  });

  const failure = { reason: 'auth', message: 'login refused', since: NOW - MINUTE } as const;
  const pause = { since: NOW, until: NOW + MINUTE, reason: 'upgrade' };
  it.each<[number, string, Said]>([
    [0, 'paused', { sentence: /upgrade/, probes: () => [aProbe({ pause })] }],
    [
      1,
      'slow',
      {
        sentence: /oldest for 4 min/,
        probes: () => [aProbe({ headAt: NOW - 4 * MINUTE - SECOND, headWaiting: 1 })],
      },
    ],
    [
      1,
      'misfiled',
      {
        sentence: /nobody looks/,
        probes: () => [aProbe({ latest: glimpses(['misfiled', 'misfiled']) })],
      },
    ],
    [1, 'slow', { sentence: /1 test mail is missing/, probes: () => [aProbe({ stragglers: 1 })] }],
    [
      2,
      'slow',
      {
        sentence: /9 of 1440 test mails of the last 24 h never arrived/,
        probes: () => [
          aProbe({
            loss: { evidenceLog10: 7, level: 'confirmed', lastDay: { count: 9, of: 1_440 } },
          }),
        ],
      },
    ],
    [2, 'slow', { sentence: /2 test mails are missing/, probes: () => [aProbe(OVERTAKEN)] }],
    [
      2,
      'slow',
      {
        sentence: /1 test mail is missing/,
        probes: () => [aProbe({ stragglers: 1, intervalMs: 8 * MINUTE })],
      },
    ],
    [2, 'stalled', { sentence: /The oldest of 3 waiting/, probes: () => [aProbe(STALLED)] }],
    [
      3,
      'not sending',
      {
        sentence: /sender relay/,
        probes: () => [aProbe({ oldestUnservedTick: NOW - 6 * MINUTE })],
      },
    ],
    [
      3,
      'blind',
      {
        sentence: /helpdesk .*login refused \(auth\).*may be fine/,
        probes: () => [aProbe({ horizon: NOW - 20 * MINUTE })],
        observers: () => [anObserver({ failure })],
      },
    ],
    [
      3,
      'no data',
      {
        sentence: /next launch is at 2026-11-24 02:30:20 UTC/,
        probes: () => [aProbe({ newestIngestedAt: null, lastLatency: null })],
      },
    ],
  ])('exits %d when %s', async (expected, state, { sentence, ...changes }) => {
    const { args } = await monitor(changes);

    const { exitCode, out } = await run(['status', 'support', ...args]);
    const nagios = await run(['status', 'support', '--format', 'nagios', ...args]);

    expect(out).toMatch(new RegExp(`^support +${state} `, 'm'));
    expect(out).toMatch(sentence);
    expect(exitCode).toBe(expected);
    const word = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'][expected] ?? '';
    expect(nagios.out).toMatch(
      new RegExp(`^MAILCANARY ${word} - support ${state}[^|\\n]* \\| lag=[^|\\n]*\\n$`),
    );
    expect(nagios.exitCode).toBe(expected);
  });

  it('does not call it no lag that nothing is known of one', async () => {
    const probe = aProbe({ newestIngestedAt: null, lastLatency: null });
    const { args } = await monitor({ probes: () => [probe] });

    const { out } = await run(['status', 'support', ...args]);
    const nagios = await run(['status', 'support', '--format', 'nagios', ...args]);

    expect(out).toMatch(/^support +no data +- /m);
    expect(nagios.out).toContain('| lag=U;');
  });

  it('gives Nagios figures of all probes by name, and the worst state', async () => {
    const { args } = await monitor({
      probes: () => [aProbe(), aProbe({ ...STALLED, route: CONTROL, lastLatency: null })],
    });

    const { exitCode, out } = await run(['status', '--format', 'nagios', ...args]);

    expect(out).toMatch(/^MAILCANARY CRITICAL - control stalled: /);
    expect(out.split(' | ')[1]).toBe(
      'support_lag=0s;180;600;0 support_latency=3.24s;180;;0 support_in_flight=0;;;0 support_missing=0;;;0 ' +
        'control_lag=719s;180;600;0 control_latency=U;180;;0 control_in_flight=0;;;0 control_missing=2;;;0\n',
    );
    expect(exitCode).toBe(2);
  });

  it('names the last trouble', async () => {
    const latest = glimpses(['on_time', 'unsent', 'late']);
    const { args } = await monitor({ probes: () => [aProbe({ latest })] });

    const { out } = await run(['status', ...args]);

    expect(out).toContain(
      'support: last trouble 2026-11-24 02:28:00 UTC unsent (refused), canary mcas',
    );
  });

  it.each([
    ['passed 3 min ago', { at: NOW - 3 * MINUTE, result: 'passed' }],
    ['failed 40 s ago', { at: NOW - 40 * SECOND, result: 'failed' }],
    ['not made yet', null],
  ] as const)('tells of the control of an observer: %s', async (told, last) => {
    const positiveControl = { passedAt: null, isBlind: false, last };
    const { args } = await monitor({ observers: () => [anObserver({ positiveControl })] });

    const { out } = await run(['status', ...args]);
    const json = await run(['status', '--format', 'json', ...args]);

    expect(out).toMatch(new RegExp(`^helpdesk: last control ${told}$`, 'm'));
    expect(JSON.parse(json.out)).toMatchObject({
      observers: [{ positive_control: { result: last?.result ?? null } }],
    });
  });

  it('says what the API says, in JSON', async () => {
    const { args, site } = await monitor();

    const { out } = await run(['status', '--format', 'json', ...args]);

    const headers = { authorization: `Bearer ${LOCKED.accessToken.reveal()}` };
    const { probes } = JSON.parse((await site.get('/api/v1/probes', { headers })).text) as {
      probes: unknown[];
    };
    expect(JSON.parse(out)).toMatchObject({
      source: 'monitor',
      last_written_at: null,
      exit_code: 0,
      probes,
    });
  });

  it('suggests the probe that was meant; a wrong access token is no missing monitor', async () => {
    const { args, site } = await monitor();
    const other = await writeConfig(site.port, ', access_token: another-token-0123456789');

    const slip = await run(['status', 'suport', ...args]);
    const locked = await run(['status', '--config', other]);

    expect([slip.exitCode, slip.err]).toEqual([
      3,
      'mailcanary: there is no probe named suport; did you mean support?\n',
    ]);
    expect(locked.exitCode).toBe(3);
    expect(locked.err).toMatch(/access token is missing or wrong: server.access_token must be/);
  });

  it('never shows a line wider than the terminal', async () => {
    const { args } = await monitor({
      probes: () => [
        aProbe(STALLED),
        aProbe({ ...OVERTAKEN, route: { ...CONTROL, probe: 'a-name-longer-than-most' } }),
      ],
    });

    for (const columns of [80, 40, 20]) {
      const context = createTestContext();
      const screen = { ...context.screen, columns: () => columns };
      const { out } = await run(['status', ...args], { ...context, screen });
      const widest = Math.max(...out.split('\n').map((line) => line.length));
      expect(widest).toBeLessThanOrEqual(columns);
      expect(out).toMatch(/^support +stalled/m);
      expect(out).toMatch(/^a-name-lo\S+ +slow/m);
    }
  });
});

import { appendFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createTestContext, run, writeConfig } from './support.ts';

const Report = z.object({
  probe: z.string().nullable(),
  usual: z.number(),
  requestLimit: z.number().nullable(),
  installation: z
    .object({
      observers: z.array(
        z.object({
          observer: z.string(),
          probes: z.number(),
          canariesADay: z.number(),
          requestsAMinute: z.number().nullable(),
        }),
      ),
      chancePagesAYear: z.object({
        evidence: z.number(),
        missing: z.number(),
        byProbe: z.array(z.object({ probe: z.string(), pages: z.number() })),
      }),
      warnings: z.array(z.string()),
    })
    .nullable(),
  rows: z.array(
    z.object({
      everyMs: z.number(),
      isConfigured: z.boolean(),
      canariesADay: z.number(),
      chancePagesAYear: z.number(),
      requestsAMinute: z.number().nullable(),
      detections: z.array(z.object({ loss: z.number(), meanMs: z.number(), p95Ms: z.number() })),
    }),
  ),
});

async function planJson(args: readonly string[]): Promise<z.output<typeof Report>> {
  const { exitCode, out, err } = await run(['plan', '--format', 'json', ...args]);
  expect([exitCode, err]).toEqual([0, '']);
  return Report.parse(JSON.parse(out));
}

describe('mailcanary plan', () => {
  it('is a table for people, without a configuration', async () => {
    const { exitCode, out } = await run(['plan', '--every', '15s', '--loss', '2%']);

    expect(exitCode).toBe(0);
    expect(out).toContain('One probe with default settings: late after 10m, usual loss 0.05 %.');
    expect(out).toMatch(/^every +2 % lost\n15s +1h10m \/ 2h10m$/m);
    expect(out).toMatch(/^every +by chance a year +tickets a day +a month$/m);
    expect(out).toMatch(/^15s +41 \(2 missing\) +5,760 +172,800$/m);
    expect(out).not.toContain('requests');
  });

  it('knows the deadlines, the usual loss and the other probes of a configuration', async () => {
    const config = await writeConfig(9);
    const quick =
      '  quick: { sender: relay, to: b@example.com, observer: helpdesk, every: 5s, suspect_after: 10s, late_after: 30s }';
    await appendFile(config, `${quick}\nloss: { usual: 0.1% }\n`);

    const whole = await planJson(['-c', config, '--loss', '2%']);
    const own = await planJson([
      '-c',
      config,
      '--probe',
      'quick',
      '--every',
      '15s',
      '--loss',
      '2%',
    ]);
    const alone = await planJson(['--every', '15s', '--loss', '2%']);

    expect([whole.probe, own.probe, alone.probe]).toEqual(['support', 'quick', null]);
    expect(whole.usual).toBe(0.001);
    expect(whole.rows.filter(({ isConfigured }) => isConfigured).map((row) => row.everyMs)).toEqual(
      [60_000],
    );
    const verdictsOf = ({ rows }: typeof own, lateAfterMs: number): number =>
      rows[0]!.detections[0]!.meanMs - lateAfterMs;
    expect(verdictsOf(own, 30_000)).toBeGreaterThan(verdictsOf(alone, 600_000));
  });

  it('asks for no loss that is usual: that would take for ever', async () => {
    const config = await writeConfig(9);
    await appendFile(config, 'loss: { usual: 2% }\n');

    const { rows } = await planJson(['-c', config, '--every', '60s']);

    expect(rows[0]?.detections.map(({ loss }) => loss)).toEqual([0.05, 0.2]);
  });

  it('counts the requests to an API that is limited, with those of cleaning up', async () => {
    const config = await writeConfig(9);
    const observer = (name: string, tidy: string): string =>
      `  ${name}: { type: helpscout, app_id: a, app_secret: s, mailbox_id: 85, requests_per_minute: 40${tidy} }`;
    const text = `token_keys: ["planted-token-key-0123456789"]
senders: { relay: { type: smtp, url: "smtp://127.0.0.1:9", from: a@example.org } }
observers:
${observer('desk', '')}
${observer('clean', ', tidy: close')}
probes:
  support: { sender: relay, to: support@example.com, observer: desk }
  other: { sender: relay, to: other@example.com, observer: clean }
`;
    await writeFile(config, text);

    const kept = await planJson(['-c', config, '--every', '60s']);
    const cleaned = await planJson(['-c', config, '--every', '60s', '--probe', 'other']);
    const { out } = await run(['plan', '-c', config, '--every', '60s', '--loss', '2%']);

    // Measured at one a minute: test/observers/helpscout/accuracy.slow.test.ts.
    expect([kept.requestLimit, kept.rows[0]!.requestsAMinute]).toEqual([40, 4.1]);
    expect(cleaned.rows[0]!.requestsAMinute).toBeCloseTo(7.1);
    expect(out).toContain('4.1 (10 % of 40)');
    expect(out).toContain('the limit of the other side: an account has one, by its plan');
  });

  describe('of a whole configuration', () => {
    interface Change {
      readonly probes?: readonly string[];
      readonly desk?: string;
    }
    const SALES = 'sales: { sender: relay, to: sales@example.com, observer: desk, every: 20s }';
    const FAST = 'fast: { sender: relay, to: fast@example.com, observer: other, every: 2s }';

    async function configWith(probes: readonly string[], desk = ''): Promise<string> {
      const config = await writeConfig(9);
      await writeFile(
        config,
        `token_keys: ["planted-token-key-0123456789"]
senders: { relay: { type: smtp, url: "smtp://127.0.0.1:9", from: a@example.org } }
observers:
  mailbox: { type: imap, url: "imap://user@127.0.0.1:9", password: secret }
  desk: { type: helpscout, app_id: a, app_secret: s, mailbox_id: 85, requests_per_minute: 40${desk} }
  other: { type: zammad, url: "https://zammad.example.com", token: t, requests_per_minute: 30 }
probes:
  support: { sender: relay, to: support@example.com, observer: [mailbox, desk] }
  control: { sender: relay, to: control@example.com, observer: mailbox, role: control }
${probes.map((probe) => `  ${probe}\n`).join('')}`,
      );
      return config;
    }

    it('adds up what comes to each observer, and the pages that chance makes in a year', async () => {
      const { installation, rows } = await planJson([
        ...['-c', await configWith([SALES]), '--loss', '2%', '--every', '60s'],
      ]);

      const loads = installation?.observers.map((one) => [
        one.observer,
        one.probes,
        one.canariesADay,
        one.requestsAMinute,
      ]);
      // Four a minute: two lists, a quick look for each after the first, and 1.5 for each by itself.
      expect(loads).toEqual([
        ['mailbox', 2, 2_880, null],
        ['desk', 2, 5_760, 11.6],
      ]);
      const { evidence, missing, byProbe } = installation!.chancePagesAYear;
      expect(evidence).toBe(1);
      expect(byProbe.map(({ probe }) => probe)).toEqual(['sales', 'support']);
      expect(missing).toBeCloseTo(byProbe[0]!.pages + byProbe[1]!.pages);
      expect(byProbe[1]!.pages).toBe(rows.find((row) => row.isConfigured)?.chancePagesAYear);
      expect(installation?.warnings).toEqual([]);
    });

    it('is a table for people, within a terminal of eighty columns', async () => {
      const config = await configWith([
        SALES,
        FAST,
        "night: { sender: relay, to: n@example.com, observer: other, cron: '*/5 0-6 * * *' }",
      ]);
      const screen = { columns: () => 80, rows: () => 24, onResize: () => () => undefined };

      const { out } = await run(['plan', '-c', config], createTestContext({ screen }));

      const text = out.split('All 5 probes together')[1];
      expect(text).toMatch(/^desk \(helpscout\) +2 +12 \(29 % of 40\) +5,760 tickets +172,800$/m);
      expect(text).toMatch(/^mailbox \(imap\) +2 +not counted +2,880 mails +86,400$/m);
      expect(text).toMatch(/False pages by chance: about [\d,]+ a year; 1 of silent loss/);
      expect(text).toContain('By cron: night');
      const lines = out.split('\n').filter((line) => !line.includes(config));
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    });

    it.each([
      ['more than the limit', { probes: [FAST] }, /^other would make about 106 requests .* \(30\)/],
      [
        'looks that lists cannot pay for',
        { desk: ', look_every: 4s' },
        /^desk .* looks are spread/,
      ],
    ])('warns of %s', async (_what, { probes = [], desk = '' }: Change, words) => {
      const { installation } = await planJson([
        ...['-c', await configWith(probes, desk), '--loss', '2%', '--every', '60s'],
      ]);

      expect(installation?.warnings).toEqual([expect.stringMatching(words)]);
    });
  });

  it.each([
    [['--every', 'soon'], 'Write a duration'],
    [['--every', '999ms'], 'Write a duration from 1s to 1d'],
    [['--every', '25h'], 'Write a duration from 1s to 1d'],
    [['--loss', '0.0001%'], 'can hardly be told from the usual loss (0.05%): ask for 0.1% or more'],
    [['--loss', '2'], 'Write a percentage'],
    [['--loss', '0%'], 'Write a percentage'],
    [['--loss', '101%'], 'Write a percentage'],
    [['--format', 'xml'], 'Allowed choices are text, json'],
    [['--probe', 'support'], '--probe names one of a configuration'],
    [['--defaults', '-c', 'mailcanary.yaml'], '--defaults reads no configuration'],
  ])('refuses %j', async (args, words) => {
    const { exitCode, err } = await run(['plan', ...args]);

    expect(exitCode).toBe(3);
    expect(err).toContain(words);
  });
});

import { appendFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { run, writeConfig } from './support.ts';

const Report = z.object({
  probe: z.string().nullable(),
  usual: z.number(),
  requestLimit: z.number().nullable(),
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
    expect(out).toMatch(/^every +2 % lost +pages by chance a year +tickets a day +a month$/m);
    expect(out).toMatch(/^15s +1 h 10 min \/ 2 h 10 min +41 \(2 missing\) +5,760 +172,800$/m);
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
    expect([kept.requestLimit, kept.rows[0]!.requestsAMinute]).toEqual([40, 3.5]);
    expect(cleaned.rows[0]!.requestsAMinute).toBe(6.5);
    expect(out).toContain('about 3.5 (9 % of 40)');
    expect(out).toContain('the limit of the other side: an account has one, by its plan');
  });

  it.each([
    [['--every', 'soon'], 'Write a duration'],
    [['--loss', '2'], 'Write a percentage'],
    [['--loss', '0%'], 'Write a percentage'],
    [['--loss', '101%'], 'Write a percentage'],
    [['--format', 'xml'], 'Allowed choices are text, json'],
    [['--probe', 'support'], '--probe names one of a configuration'],
  ])('refuses %j', async (args, words) => {
    const { exitCode, err } = await run(['plan', ...args]);

    expect(exitCode).toBe(3);
    expect(err).toContain(words);
  });
});

import { Gauge, Registry, type OpenMetricsContentType } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createProcessRegistry } from '../../src/metrics/process-metrics.ts';
import { aLaunch, ROUTE, SECOND, T0 } from '../domain/samples.ts';
import { parseOpenMetrics, samplesOf, valueOf } from '../support/openmetrics.ts';
import { anEvent, aProbe, aSource, read, readText, someMetrics, turningClock } from './support.ts';

const fail = (): never => {
  throw new Error('broken');
};

describe('a scrape', () => {
  it('has every series of a probe that never did anything, at 0 or at its activation', async () => {
    const metrics = await read(
      someMetrics({}, { switches: { inflight_oldest_sent_timestamp_seconds: true } }),
    );

    const own = [...metrics.values()].flatMap(({ samples }) =>
      samples.filter(({ labels }) => labels.get('probe') === 'support'),
    );
    const others = own.filter(({ value }) => value !== 0);
    expect(Object.fromEntries(others.map(({ name, value }) => [name, value]))).toEqual({
      mailcanary_head_sent_timestamp_seconds: Number.NaN,
      mailcanary_inflight_oldest_sent_timestamp_seconds: Number.NaN,
      mailcanary_oldest_unserved_tick_timestamp_seconds: Number.NaN,
      mailcanary_newest_ingested_sent_timestamp_seconds: T0 / SECOND,
      mailcanary_newest_accepted_timestamp_seconds: T0 / SECOND,
      mailcanary_watch_horizon_timestamp_seconds: T0 / SECOND,
      mailcanary_interval_seconds: 60,
      mailcanary_deadline_seconds: 600,
      mailcanary_suspect_after_seconds: 180,
      mailcanary_probe_info: 1,
    });
    for (const sample of own) {
      const labels = [...sample.labels.keys()].slice(0, 4);
      expect(labels, sample.name).toEqual(['probe', 'role', 'sender', 'vantage']);
    }
  });

  it('says how a probe stands', async () => {
    const at = (seconds: number): number => T0 + seconds * SECOND;
    const probe = aProbe({
      pause: { since: T0, until: at(2_000), reason: 'upgrade' } as { until: number },
      horizon: at(30),
      headAt: at(10.5),
      headWaiting: 2,
      stragglers: 3,
      newestIngestedAt: at(9),
      newestAcceptedAt: at(11),
      oldestUnservedTick: at(12),
      lastLatency: { ms: 1_500, errorMs: 250 },
    });

    const metrics = await read(someMetrics({ probes: () => [probe] }));

    const value = (name: string): number | undefined => valueOf(metrics, `mailcanary_${name}`);
    expect(value('paused')).toBe(1);
    expect(value('watch_horizon_timestamp_seconds')).toBe(at(30) / SECOND);
    expect(value('head_sent_timestamp_seconds')).toBe(at(10.5) / SECOND);
    expect(value('head_waiting')).toBe(2);
    expect(value('stragglers')).toBe(3);
    expect(value('newest_ingested_sent_timestamp_seconds')).toBe(at(9) / SECOND);
    expect(value('newest_accepted_timestamp_seconds')).toBe(at(11) / SECOND);
    expect(value('oldest_unserved_tick_timestamp_seconds')).toBe(at(12) / SECOND);
    expect(value('last_ingest_latency_seconds')).toBe(1.5);
    expect(value('ingest_latency_error_seconds')).toBe(0.25);
    expect(samplesOf(metrics, 'mailcanary_probe_info').map(({ labels }) => [...labels])).toEqual([
      [
        ['probe', 'support'],
        ['role', 'target'],
        ['sender', 'relay'],
        ['vantage', 'default'],
        ['observer', 'helpdesk'],
        ['helpdesk', 'imap'],
        ['transport', 'smtp'],
      ],
    ]);
  });

  it('says how many copies of canaries still lie at an observer, or that this is not known', async () => {
    const [observer] = aSource().observers();
    const scrapeWith = async (litter: number | null): Promise<number | undefined> =>
      valueOf(
        await read(someMetrics({ observers: () => [{ ...observer!, litter }] })),
        'mailcanary_litter',
        { observer: 'helpdesk' },
      );

    expect([await scrapeWith(7), await scrapeWith(0), await scrapeWith(null)]).toEqual([
      7,
      0,
      Number.NaN,
    ]);
  });

  it('takes what was before the activation as not having happened', async () => {
    const probe = aProbe({ horizon: T0 - 5 * SECOND, newestIngestedAt: T0 - 9 * SECOND });

    const metrics = await read(someMetrics({ probes: () => [probe] }));

    const value = (name: string): number | undefined => valueOf(metrics, `mailcanary_${name}`);
    expect(value('watch_horizon_timestamp_seconds')).toBe(T0 / SECOND);
    expect(value('newest_ingested_sent_timestamp_seconds')).toBe(T0 / SECOND);
  });

  it('says of an observer that only hears that there is no horizon: rules compare to nothing', async () => {
    const probe = aProbe({ horizon: null, pushOnly: true });

    const metrics = await read(someMetrics({ probes: () => [probe] }));

    expect(valueOf(metrics, 'mailcanary_watch_horizon_timestamp_seconds')).toBe(Number.NaN);
  });

  it('shows the wall clock, so that a step shows, and how the monitor itself is', async () => {
    const clock = { ...turningClock(), now: () => T0, skewMs: () => 7 * SECOND };

    const metrics = await read(
      someMetrics(
        {
          ledgerWritable: () => false,
          configReload: () => ({ successful: false, succeededAt: T0 }),
        },
        { clock },
      ),
    );

    const value = (name: string): number | undefined => valueOf(metrics, `mailcanary_${name}`);
    expect(value('clock_timestamp_seconds')).toBe(T0 / SECOND + 7);
    expect(value('ledger_writable')).toBe(0);
    expect(value('config_last_reload_successful')).toBe(0);
    expect(value('config_last_reload_success_timestamp_seconds')).toBe(T0 / SECOND);
    expect(value('observer_index_lag_seconds')).toBe(0.5);
    expect(value('observer_look_interval_seconds')).toBe(60);
    expect(valueOf(metrics, 'mailcanary_build_info', { version: '1.2.3', revision: 'abc' })).toBe(
      1,
    );
  });

  it('names the latest canary of each bucket', async () => {
    const metrics = someMetrics();
    const latencies = [4_000, 4_400, 700_000].map((ms) => ({ low: ms - 100, high: ms + 100 }));
    for (const [index, latency] of latencies.entries()) {
      metrics.onEvent(
        anEvent(index + 1, {
          at: T0 + index * SECOND,
          launch: aLaunch({ id: `c${index}` }),
          effects: [{ type: 'latency', latency }],
        }),
      );
    }

    const body = await readText(metrics);

    const exemplars = samplesOf(
      parseOpenMetrics(body),
      'mailcanary_ingest_latency_seconds_bucket',
    ).flatMap(({ labels, exemplar }) =>
      exemplar === undefined ? [] : [[labels.get('le'), exemplar]],
    );
    expect(exemplars).toEqual([
      ['5.0', { labels: new Map([['canary_id', 'c1']]), value: 4.4, timestamp: T0 / SECOND + 1 }],
      ['900.0', { labels: new Map([['canary_id', 'c2']]), value: 700, timestamp: T0 / SECOND + 2 }],
    ]);
    expect(valueOf(parseOpenMetrics(body), 'mailcanary_ingest_latency_seconds_sum')).toBe(708.4);
  });

  it('leaves an exemplar out rather than break the limit of its length', async () => {
    const metrics = someMetrics();
    const launch = aLaunch({ id: 'x'.repeat(120) });
    const latency = { low: 1_000, high: 1_000 };
    metrics.onEvent(anEvent(1, { launch, effects: [{ type: 'latency', latency }] }));

    const body = await readText(metrics);

    expect(body).not.toContain('canary_id');
    expect(valueOf(parseOpenMetrics(body), 'mailcanary_ingest_latency_seconds_count')).toBe(1);
  });

  it.each([
    ['probes', 'unjudged', 'accepted_total'],
    ['observers', 'observer_index_lag_seconds', 'watch_polls_total'],
    ['senders', undefined, 'send_attempts_total'],
    ['ledgerWritable', 'ledger_writable', 'accepted_total'],
    ['configReload', 'config_last_reload_successful', 'accepted_total'],
  ] as const)('leaves out what fails in %s, and counts it', async (part, lost, kept) => {
    let isBroken = false;
    const whole = aSource();
    const source = { [part]: () => (isBroken ? fail() : whole[part]()) };
    const metrics = someMetrics(source);
    await metrics.scrape();
    isBroken = true;

    const broken = await read(metrics);

    if (lost !== undefined) expect(samplesOf(broken, `mailcanary_${lost}`)).toEqual([]);
    expect(samplesOf(broken, `mailcanary_${kept}`)).not.toEqual([]);
    const errors = samplesOf(broken, 'mailcanary_collect_errors_total');
    expect(errors.reduce((sum, { value }) => sum + value, 0)).toBe(1);
  });

  it('leaves out one process metric that fails, not all', async () => {
    const registry = new Registry<OpenMetricsContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    new Gauge({ name: 'bad', help: 'Bad.', registers: [registry], collect: fail });
    new Gauge({ name: 'good', help: 'Good.', registers: [registry] });

    const metrics = await read(someMetrics({}, { registry }));

    expect(valueOf(metrics, 'bad')).toBeUndefined();
    expect(valueOf(metrics, 'good')).toBe(0);
    expect(valueOf(metrics, 'mailcanary_collect_errors_total', { collector: 'process' })).toBe(1);
  });

  it('has the metrics of prom-client, with right names however often it is asked', async () => {
    const metrics = someMetrics({}, { registry: createProcessRegistry() });
    await metrics.scrape();

    const { contentType, chunks } = await metrics.scrape();

    const parsed = parseOpenMetrics(Buffer.concat(chunks).toString());
    expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(valueOf(parsed, 'process_cpu_user_seconds_total')).toBeGreaterThanOrEqual(0);
    expect(valueOf(parsed, 'process_resident_memory_bytes')).toBeGreaterThan(0);
    expect(parsed.get('process_cpu_user_seconds')?.type).toBe('counter');
    expect([...parsed.keys()].filter((name) => name.endsWith('_total'))).toEqual([]);
  });

  it('is shared by those who ask while it is under way, and made anew after', async () => {
    let asked = 0;
    const metrics = someMetrics({
      probes: () => {
        asked += 1;
        return [aProbe()];
      },
    });

    const [first, second] = await Promise.all([metrics.scrape(), metrics.scrape()]);
    await metrics.scrape();

    expect(second).toBe(first);
    expect(asked).toBe(2);
  });

  it('exports the configured probes only, whatever the ledger has', async () => {
    const metrics = someMetrics();
    const route = { ...ROUTE, probe: 'retired' };
    metrics.onEvent(anEvent(1, { launch: aLaunch({ route }), effects: [{ type: 'launched' }] }));

    expect(await readText(metrics)).not.toContain('retired');
  });

  it('tells of a gap in the log', async () => {
    const metrics = someMetrics({ totals: { position: 5, totals: [] } });
    for (const position of [4, 5, 6, 7, 9]) metrics.onEvent(anEvent(position, {}));

    const parsed = await read(metrics);

    expect(valueOf(parsed, 'mailcanary_collect_errors_total', { collector: 'events' })).toBe(1);
  });
});

import { describe, expect, it } from 'vitest';
import { CATALOG, FAMILY_NAMES, shownFamilies } from '../../src/metrics/catalog.ts';
import { PREFIX, sampleNames, unitOf, labelNames, type Family } from '../../src/metrics/family.ts';
import type { Switches } from '../../src/metrics/catalog.ts';
import { ROUTE } from '../domain/samples.ts';
import { aProbe, read, someMetrics } from './support.ts';

async function countSeries(probes: number, switches: Switches = {}): Promise<number> {
  const figures = Array.from({ length: probes }, (_, index) =>
    aProbe({ route: { ...ROUTE, probe: `probe${index}` } }),
  );
  const parsed = await read(someMetrics({ probes: () => figures }, { switches }));
  return [...parsed.values()].reduce((sum, { samples }) => sum + samples.length, 0);
}

describe('the budget of series', () => {
  it('is kept: a further probe costs at most 70, and leaves two for what is to come', async () => {
    const each = (await countSeries(2)) - (await countSeries(1));

    expect(each).toBeLessThanOrEqual(70);
    expect(each).toBe(68);
  });

  it('can be changed by switches, both ways', async () => {
    const usual = await countSeries(1);

    expect(await countSeries(1, { inflight_oldest_sent_timestamp_seconds: true })).toBe(usual + 1);
    expect(await countSeries(1, { ingest_latency_seconds: false })).toBe(usual - 25);
  });
});

describe('the catalog', () => {
  it.each(FAMILY_NAMES.map((name): [string, Family] => [name, CATALOG[name]]))(
    '%s is named and described as the rules for names want it',
    (name, family) => {
      expect(name).toMatch(/^[a-z][a-z0-9_]*[a-z0-9]$/);
      expect(name).not.toMatch(/_(total|count|sum|bucket|created|milliseconds|ms|minutes)$/);
      expect(family.help).toMatch(/^[A-Z][^"\\\n]+\.$/);
      if (family.type === 'histogram') expect(unitOf(name)).toBe('seconds');
      if (name.includes('timestamp')) expect(name).toMatch(/_timestamp_seconds$/);
      expect(new Set(labelNames(family)).size).toBe(labelNames(family).length);
    },
  );

  it('is exported whole, with type, unit and labels as it says', async () => {
    const switches = Object.fromEntries(FAMILY_NAMES.map((name) => [name, true]));

    const probes = () => [aProbe({ stages: [{ observer: 'mailbox', stuck: 0 }] })];
    const parsed = await read(someMetrics({ probes }, { switches }));

    expect([...parsed.keys()].sort()).toEqual(FAMILY_NAMES.map((name) => PREFIX + name).sort());
    for (const name of FAMILY_NAMES) {
      const family: Family = CATALOG[name];
      const found = parsed.get(PREFIX + name)!;
      expect(found).toMatchObject({
        type: family.type,
        help: family.help,
        unit: unitOf(name) ?? '',
      });
      expect([...new Set(found.samples.map((sample) => sample.name))].sort()).toEqual(
        [...sampleNames(name, family.type)].sort(),
      );
      const labels = new Set(found.samples.flatMap((sample) => [...sample.labels.keys()]));
      expect([...labels].sort()).toEqual([...labelNames(family)].sort());
    }
  });

  it('has all but two families on by default', () => {
    const off = FAMILY_NAMES.filter((name) => !shownFamilies().includes(name));

    expect(off).toEqual(['inflight_oldest_sent_timestamp_seconds', 'loss_ratio_bound']);
  });
});

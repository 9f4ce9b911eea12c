import { describe, expect, it } from 'vitest';
import { CULPRITS } from '../../../src/domain/culprit.ts';
import { ruleGroups } from '../../../src/generate/rules/groups.ts';
import { DEFAULT_INPUT, type RulesInput } from '../../../src/generate/rules/input.ts';
import { renderRules } from '../../../src/generate/rules/render.ts';
import { ALERTS, RECORDS, type Alert, type Rule } from '../../../src/generate/rules/rule.ts';
import { CATALOG, FAMILY_NAMES, shownFamilies } from '../../../src/metrics/catalog.ts';
import { sampleNames } from '../../../src/metrics/family.ts';

const MINUTE = 60_000;

function rulesOf(changes: Partial<RulesInput> = {}): readonly Rule[] {
  return ruleGroups({ ...DEFAULT_INPUT, ...changes }).flatMap(({ rules }) => rules);
}

function alertsOf(changes: Partial<RulesInput> = {}): readonly Alert[] {
  return rulesOf(changes).filter((rule): rule is Alert => 'alert' in rule);
}

function probe(name: string, lateAfterMs: number): RulesInput['probes'][number] {
  return { name, role: 'target', lateAfterMs };
}

describe('the rules', () => {
  it('are checked in as they are for the defaults (vitest -u writes them)', async () => {
    await expect(renderRules(DEFAULT_INPUT)).toMatchFileSnapshot(
      '../../../dashboards/prometheus/mailcanary.yml',
    );
  });

  it('name only metrics that are exported by default, and series recorded above them', () => {
    const exported = new Set(
      shownFamilies().flatMap((name) => sampleNames(name, CATALOG[name].type)),
    );
    for (const { rules } of ruleGroups(DEFAULT_INPUT)) {
      for (const rule of rules) {
        for (const name of rule.expr.match(/\bmailcanary_\w+/g) ?? []) {
          if (!rule.expr.includes(`probe:${name}`)) expect(exported, rule.expr).toContain(name);
        }
      }
    }
    expect(FAMILY_NAMES.length).toBeGreaterThan(30);
  });

  it('read recordings of their own group only from above, and use every one', () => {
    const groups = ruleGroups(DEFAULT_INPUT);
    const homes = new Map<string, string>();
    const used = new Set<string>();
    for (const { name, rules } of groups) {
      const here = rules.flatMap((rule) => ('record' in rule ? [rule.record] : []));
      const above = new Set<string>();
      for (const rule of rules) {
        for (const read of rule.expr.match(/\b\w*probe:\w+:\w+/g) ?? []) {
          used.add(read);
          const isHere = here.some((record) => record === read);
          expect(isHere ? above.has(read) : homes.has(read), `${read} in ${rule.expr}`).toBe(true);
        }
        if ('record' in rule) above.add(rule.record);
      }
      for (const record of here) homes.set(record, name);
    }
    expect([...homes.keys()].sort()).toEqual(Object.values(RECORDS).sort());
    expect([...used].sort()).toEqual(Object.values(RECORDS).sort());
  });

  it('raise every alert that is listed, and no other', () => {
    expect([...new Set(alertsOf().map(({ alert }) => alert))].sort()).toEqual([...ALERTS].sort());
  });
});

describe('an alert', () => {
  it.each(alertsOf().map((alert): [string, Alert] => [`${alert.alert} ${alert.severity}`, alert]))(
    '%s says in plain words what is the matter, whose fault it is, and whom it concerns',
    (_name, alert) => {
      expect(alert.summary.length).toBeLessThanOrEqual(130);
      expect(alert.summary).not.toMatch(/[.!\n]$|horizon|head\b|evidence/);
      expect(alert.description).toMatch(/^[A-Z].*\.$/s);
      if (alert.alert !== 'Watchdog') expect(CULPRITS).toContain(alert.culprit);
      if (alert.severity === 'page' && alert.team === 'helpdesk') {
        expect(alert.culprit).toBe('helpdesk');
      }
      if (alert.culprit !== 'helpdesk') expect(alert.team).toBe('monitoring');
    },
  );

  it('about the helpdesk is held back while its relay is at fault', () => {
    const pages = alertsOf().filter(({ alert }) =>
      /^EmailDelivery(Stalled|Stragglers)$/.test(alert),
    );

    expect(pages).toHaveLength(2);
    for (const { expr } of pages) {
      expect(expr).toContain(
        'unless on (job, sender) ALERTS{alertname="EmailSubmissionPathStalled"',
      );
      expect(expr).toContain(
        'unless on (job, vantage, probe) ALERTS{alertname="EmailCanarySendStalled"',
      );
    }
  });
});

describe('durations', () => {
  it('follow the deadlines of the probes', () => {
    const named = (lateAfterMs: number, alert: string): Alert | undefined =>
      alertsOf({ probes: [probe('a', lateAfterMs)] }).find((each) => each.alert === alert);

    expect(named(10 * MINUTE, 'EmailSubmissionPathStalled')?.for).toBe('1m');
    expect(named(30_000, 'EmailSubmissionPathStalled')?.for).toBe('3s');
    expect(named(120 * MINUTE, 'EmailSubmissionPathStalled')?.for).toBe('12m');
    expect(named(10 * MINUTE, 'EmailDeliveryStragglers')?.expr).toContain('[10m])');
    expect(named(30 * MINUTE, 'EmailDeliveryStragglers')?.expr).toContain('[30m])');
    expect(named(120 * MINUTE, 'EmailDeliveryStalled')?.keepFiringFor).toBe('24m');
  });

  it('of several probes: quick as the shortest deadline, patient as the longest', () => {
    const alerts = alertsOf({ probes: [probe('a', 5 * MINUTE), probe('b', 30 * MINUTE)] });
    const named = (name: string): Alert | undefined => alerts.find(({ alert }) => alert === name);

    expect(named('EmailSubmissionPathStalled')?.for).toBe('30s');
    expect(named('EmailDeliveryStragglers')?.expr).toContain('[30m])');
  });

  it('follow the scrape interval', () => {
    const [paging, others] = ruleGroups({ ...DEFAULT_INPUT, scrapeIntervalMs: 1_000 });
    const [, slowOthers] = ruleGroups({ ...DEFAULT_INPUT, scrapeIntervalMs: 30_000 });

    expect([paging?.interval, others?.interval, slowOthers?.interval]).toEqual([
      '1s',
      '15s',
      '30s',
    ]);
    const down = alertsOf({ scrapeIntervalMs: 30_000 }).find(
      ({ alert }) => alert === 'EmailMonitorDown',
    );
    expect(down?.for).toBe('2m');
  });
});

describe('what is slow', () => {
  const slow = (probes: RulesInput['probes']): readonly string[] =>
    alertsOf({ probes })
      .filter(({ alert }) => alert === 'EmailDeliverySlow')
      .map(({ expr }) => expr);

  it('is the largest bucket within a fifth of the deadline', () => {
    expect(slow([probe('a', 10 * MINUTE)])[0]).toContain('le="120.0"');
    expect(slow([probe('a', 30_000)])[0]).toContain('le="5.0"');
    expect(slow([probe('a', 1_000)])[0]).toContain('le="1.0"');
  });

  it('is asked of each deadline apart', () => {
    const [first, second, ...more] = slow([
      probe('a', 10 * MINUTE),
      probe('b', 60 * MINUTE),
      probe('c', 11 * MINUTE),
    ]);

    expect(more).toEqual([]);
    expect(first).toContain('probe=~"a|c",le="120.0"');
    expect(second).toContain('probe=~"b",le="600.0"');
  });
});

describe('the configuration', () => {
  it('sets the objective, stragglers, job and links', () => {
    const text = renderRules({
      ...DEFAULT_INPUT,
      job: 'canaries',
      objective: 0.99,
      stragglersToPage: 3,
      runbooks: 'https://wiki.example.com/mail',
      dashboards: 'https://grafana.example.com/d',
    });

    expect(text).toContain('absent(up{job="canaries"} == 1)');
    expect(text).toContain('> 14.4 * 0.01\n');
    expect(text).toContain('probe:mailcanary_stragglers:max >= 3');
    expect(text).toContain('runbook_url: https://wiki.example.com/mail/EmailDeliveryStalled.md');
    expect(text).toContain('https://grafana.example.com/d/mailcanary-overview?var-probe=');
  });
});

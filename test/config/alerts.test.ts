import { describe, expect, it } from 'vitest';
import { DEFAULT_INPUT } from '../../src/generate/rules/input.ts';
import { fileWith, parse } from './support.ts';

describe('alerts', () => {
  it('are by default as the rules that are checked in', () => {
    const { webhooks, alertmanagerFile, ...rules } = parse(fileWith({})).alerts;

    expect({ ...rules, probes: DEFAULT_INPUT.probes }).toEqual(DEFAULT_INPUT);
    expect([webhooks, alertmanagerFile]).toEqual([{}, undefined]);
  });

  it('have an objective in percent, and links without a slash at the end', () => {
    const top =
      'alerts: { objective: 99.95%, scrape_interval: 15s, runbooks: "https://wiki.example.com/a/" }';

    const { alerts } = parse(fileWith({ top }));

    expect(alerts.objective).toBeCloseTo(0.9995, 10);
    expect(alerts.scrapeIntervalMs).toBe(15_000);
    expect(alerts.runbooks).toBe('https://wiki.example.com/a');
  });
});

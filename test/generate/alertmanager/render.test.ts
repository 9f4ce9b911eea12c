import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderAlertmanager } from '../../../src/generate/alertmanager/render.ts';
import { routing } from '../../../src/generate/alertmanager/routing.ts';

const NONE = { webhooks: {}, scrapeIntervalMs: 5_000 };

describe('the routes of alerts', () => {
  it('are checked in as they are for the defaults (vitest -u writes them)', async () => {
    await expect(renderAlertmanager(NONE)).toMatchFileSnapshot(
      '../../../dashboards/alertmanager/alertmanager.yml',
    );
  });

  it('lead to the webhooks that are known, and to placeholders for others', () => {
    const { receivers } = routing({
      ...NONE,
      webhooks: { tickets: 'https://tickets.example.org/new' },
    });

    const urls = receivers.map(({ name, webhook_configs: [hook] = [] }) => [name, hook?.url]);
    expect(urls).toEqual([
      ['helpdesk_pages', 'https://alerts.example.com/helpdesk-pages'],
      ['monitoring_pages', 'https://alerts.example.com/monitoring-pages'],
      ['tickets', 'https://tickets.example.org/new'],
      ['deadman', 'https://alerts.example.com/deadman'],
      ['nobody', undefined],
    ]);
  });

  it('let the next page of a probe go as soon as it is scraped', () => {
    const pages = routing({ ...NONE, scrapeIntervalMs: 1_000 }).route.routes?.[1];

    expect(pages).toMatchObject({ group_wait: '0s', group_interval: '1s' });
  });

  it('are what is rendered', () => {
    expect(parse(renderAlertmanager(NONE))).toMatchObject(
      JSON.parse(JSON.stringify(routing(NONE))),
    );
  });

  it('never hold back a page', () => {
    for (const { target_matchers: target } of routing(NONE).inhibit_rules) {
      expect(target.join()).toMatch(/severity="ticket"|severity=~"ticket\|info"|BlindSoon/);
    }
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderAlertmanager } from '../../src/generate/alertmanager/render.ts';
import { ruleGroups } from '../../src/generate/rules/groups.ts';
import { DEFAULT_INPUT } from '../../src/generate/rules/input.ts';
import type { Alert } from '../../src/generate/rules/rule.ts';
import { startAlertmanager, type Alertmanager } from '../support/rig/alertmanager.ts';
import { startWebhook, type Webhook } from '../support/rig/webhook.ts';

const folder = mkdtempSync(join(tmpdir(), 'mailcanary-amtool-'));
const file = join(folder, 'alertmanager.yml');
writeFileSync(file, renderAlertmanager({ webhooks: {}, scrapeIntervalMs: 5_000 }));
afterAll(() => rmSync(folder, { recursive: true }));

function amtool(...args: string[]): { status: number | null; output: string } {
  const { status, stdout } = spawnSync('amtool', args, { encoding: 'utf8' });
  return { status, output: stdout.trim() };
}

const ALERTS = ruleGroups(DEFAULT_INPUT)
  .flatMap(({ rules }) => rules)
  .filter((rule): rule is Alert => 'alert' in rule);

function receiverOf({ severity, team }: Alert): string {
  if (severity === 'none') return 'deadman';
  if (severity === 'page') return `${team}_pages`;
  return severity === 'ticket' ? 'tickets' : 'nobody';
}

describe('amtool', () => {
  it('finds nothing to blame in the configuration', () => {
    const { status, output } = amtool('check-config', file);

    expect(output).toContain('SUCCESS');
    expect(status).toBe(0);
  });

  it.each(ALERTS.map((alert): [string, Alert] => [`${alert.alert} (${alert.severity})`, alert]))(
    'leads %s to those whom it concerns, and to nobody else',
    (_name, alert) => {
      const { severity, team, culprit } = alert;
      const labels = { alertname: alert.alert, severity, team, ...(culprit && { culprit }) };
      const pairs = Object.entries({ ...labels, job: 'mailcanary', probe: 'support' });

      const { output } = amtool(
        ...['config', 'routes', 'test', `--config.file=${file}`],
        ...pairs.map(([name, value]) => `${name}=${value}`),
      );

      expect(output).toBe(receiverOf(alert));
    },
  );
});

describe('a live Alertmanager', () => {
  let alertmanager: Alertmanager;
  let webhook: Webhook;
  beforeAll(async () => {
    webhook = await startWebhook();
    const url = (receiver: string): string => webhook.url(receiver);
    const webhooks = {
      helpdesk_pages: url('helpdesk_pages'),
      monitoring_pages: url('monitoring_pages'),
      tickets: url('tickets'),
      deadman: url('deadman'),
    };
    const text = renderAlertmanager({ webhooks, scrapeIntervalMs: 5_000 });
    // Tickets wait half a minute for others; the test does not.
    alertmanager = await startAlertmanager(text.replaceAll('group_wait: 30s', 'group_wait: 1s'));
  });
  afterAll(async () => {
    await alertmanager.stop();
    await webhook.stop();
  });

  const helpdesk = { team: 'helpdesk', culprit: 'helpdesk', job: 'mailcanary', sender: 'relay' };
  const monitoring = { team: 'monitoring', job: 'mailcanary' };
  const named = (alertname: string, severity: string, more: object) => ({
    labels: { alertname, severity, ...more },
  });
  const came = (alert: string, probe?: string): boolean =>
    webhook.notified.some((one) => one.alert === alert && one.labels['probe'] === probe);

  it('has a page explain the tickets of its probe, and of no other', async () => {
    await alertmanager.post([
      named('EmailDeliveryStalled', 'page', { ...helpdesk, probe: 'support' }),
    ]);
    await webhook.until(({ receiver }) => receiver === 'helpdesk_pages', 10_000);
    await alertmanager.post([
      named('EmailDeliverySlow', 'ticket', { ...helpdesk, probe: 'support' }),
      named('EmailDeliverySlow', 'ticket', { ...helpdesk, probe: 'sales' }),
    ]);
    await webhook.until(({ labels }) => labels['probe'] === 'sales', 10_000);

    expect(came('EmailDeliverySlow', 'sales')).toBe(true);
    expect(came('EmailDeliverySlow', 'support')).toBe(false);
  });

  it('lets a ticket through beside that page which says where the mail hangs', async () => {
    await alertmanager.post([
      named('EmailDeliverySlow', 'ticket', { ...helpdesk, probe: 'support' }),
      named('EmailArrivedNoTicket', 'ticket', { ...helpdesk, probe: 'support' }),
    ]);
    await webhook.until(({ alert }) => alert === 'EmailArrivedNoTicket', 10_000);

    expect(came('EmailArrivedNoTicket', 'support')).toBe(true);
    expect(came('EmailDeliverySlow', 'support')).toBe(false);
  });

  it('holds back the tickets of a dead monitor, and no page', async () => {
    await alertmanager.post([
      named('EmailMonitorDown', 'page', { ...monitoring, culprit: 'monitor' }),
    ]);
    await webhook.until(({ alert }) => alert === 'EmailMonitorDown', 10_000);
    await alertmanager.post([
      named('EmailMonitorRestarting', 'ticket', { ...monitoring, culprit: 'monitor' }),
      named('EmailMonitorRestarting', 'ticket', { ...monitoring, job: 'other' }),
      named('EmailDeliveryStalled', 'page', { ...helpdesk, probe: 'billing' }),
    ]);
    await webhook.until(({ labels }) => labels['job'] === 'other', 10_000);
    await webhook.until(({ labels }) => labels['probe'] === 'billing', 10_000);

    const restarts = webhook.notified.filter(({ alert }) => alert === 'EmailMonitorRestarting');
    expect(restarts.map(({ labels }) => labels['job'])).toEqual(['other']);
  });

  it('pages once for a relay, whatever is behind it', async () => {
    const sender = { ...monitoring, culprit: 'sender', sender: 'relay', vantage: 'default' };
    await alertmanager.post(
      ['a', 'b', 'c'].map((probe) => named('EmailCanarySendStalled', 'page', { ...sender, probe })),
    );
    await webhook.until(({ alert }) => alert === 'EmailCanarySendStalled', 10_000);

    const pages = webhook.notified.filter(({ alert }) => alert === 'EmailCanarySendStalled');
    expect(new Set(pages.map(({ at }) => at)).size).toBe(1);
    expect(pages.map(({ labels }) => labels['probe']).sort()).toEqual(['a', 'b', 'c']);
  });

  it('pages again at once when the same trouble comes back', async () => {
    const page = named('EmailDeliveryStalled', 'page', { ...helpdesk, probe: 'again' });
    const isIt = (status: string) => (one: (typeof webhook.notified)[number]) =>
      one.labels['probe'] === 'again' && one.status === status;
    await alertmanager.post([page]);
    await webhook.until(isIt('firing'), 10_000);
    await alertmanager.post([{ ...page, endsAt: new Date().toISOString() }]);
    await webhook.until(isIt('resolved'), 20_000);
    const before = webhook.notified.length;
    const posted = Date.now();
    await alertmanager.post([page]);

    const second = await webhook.until(
      (one) => isIt('firing')(one) && webhook.notified.indexOf(one) >= before,
      20_000,
    );
    // A scrape interval of 5 s, and a second for the machine.
    expect(second.at - posted).toBeLessThan(6_000);
  });

  it('sends on the dead man', async () => {
    await alertmanager.post([named('Watchdog', 'none', { team: 'monitoring' })]);

    const { receiver } = await webhook.until(({ alert }) => alert === 'Watchdog', 10_000);
    expect(receiver).toBe('deadman');
  });
});

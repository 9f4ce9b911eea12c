import { afterAll, beforeAll, expect, it } from 'vitest';
import { stallOnce } from '../soak/page-run.ts';
import {
  holdMail,
  QUICK,
  releaseMail,
  startPageScene,
  whenCalm,
  type PageScene,
} from '../soak/page-scene.ts';
import type { Notified } from '../support/rig/webhook.ts';

const LATE_AFTER_MS = 30_000;

let scene: PageScene;
beforeAll(async () => {
  scene = await startPageScene(QUICK);
  await whenCalm(scene);
});
afterAll(() => scene.stop());

/** Each page once: who was called, for what. */
function pages(): string[] {
  const calls = scene.pager.notified
    .filter(({ receiver, status }) => receiver.endsWith('_pages') && status === 'firing')
    .map(({ receiver, alert, labels }) => `${receiver} ${alert} ${nameOf(labels)}`);
  return [...new Set(calls)].sort();
}

function nameOf(labels: Notified['labels']): string {
  return labels['probe'] ?? labels['sender'] ?? labels['job'] ?? '';
}

function called(alert: string, status: Notified['status'] = 'firing') {
  return scene.pager.until((one) => one.alert === alert && one.status === status, 240_000);
}

it('the monitor itself says outside that it lives', async () => {
  const counted = 'mailcanary_heartbeats_total{result="ok"}';

  await scene.prometheus.until(counted, ([it]) => (it?.value ?? 0) > 0);

  expect(scene.pager.pings[0]).toBe('/heartbeat');
});

// `npm run page -- --runs 10` measures more of these.
it('all delivery held: one page, within 5 s of the deadline of the head, called off afterwards', async () => {
  const limits = { lateAfterMs: LATE_AFTER_MS, patienceMs: 180_000 };

  const { markToPage, pages: count } = await stallOnce(scene, limits);

  expect(markToPage).toBeGreaterThan(0);
  expect(markToPage).toBeLessThanOrEqual(5);
  expect(count).toBe(1);
  expect(pages()).toEqual(['helpdesk_pages EmailDeliveryStalled support']);
}, 300_000);

it('a dead relay and a blind watcher page monitoring, never the helpdesk, also while the queue drains', async () => {
  const { rig, pager, proxy, prometheus, users } = scene;
  const before = pager.notified.length;
  holdMail(scene, 'other');
  holdMail(scene, 'other-control');
  await proxy.refuse();
  proxy.resetAll();

  const path = await called('EmailSubmissionPathStalled');
  const blind = await called('EmailMonitorBlind');

  expect([path.receiver, path.labels['sender']]).toEqual(['monitoring_pages', 'second']);
  expect([blind.receiver, blind.labels['probe']]).toEqual(['monitoring_pages', 'watched']);
  // Mail that nobody sees arrives all the same.
  const inbox = await rig.doveadm([
    ...['search', '-u', users.watched.user, 'mailbox', 'INBOX', 'savedsince', '30s'],
  ]);
  expect(inbox.trim().split('\n').length).toBeGreaterThan(10);

  await proxy.accept();
  await releaseMail(scene, ['other', 'other-control']);
  await called('EmailSubmissionPathStalled', 'resolved');
  await called('EmailMonitorBlind', 'resolved');

  const calls = pager.notified.slice(before);
  const helpdesk = calls.filter(({ receiver }) => receiver === 'helpdesk_pages');
  expect(helpdesk.map(({ alert, labels }) => [alert, labels['probe']])).toEqual([]);
  // What arrived unseen is void where its interval is too wide (semantics A5d), and never overdue.
  const overdue = await prometheus.query(
    'mailcanary_verdicts_total{probe="watched",verdict="overdue"}',
  );
  expect(overdue.map(({ value }) => value)).toEqual([0]);
  expect((await prometheus.query('mailcanary_lost_total > 0')).length).toBe(0);
}, 420_000);

it('a killed monitor is noticed', async () => {
  scene.daemon.kill('SIGKILL');

  const { receiver, annotations } = await called('EmailMonitorDown');

  expect(receiver).toBe('monitoring_pages');
  expect(annotations['summary']).toBe(
    'The email monitor is down: nothing watches whether mail arrives',
  );
  expect(pages()).toEqual([
    'helpdesk_pages EmailDeliveryStalled support',
    'monitoring_pages EmailMonitorBlind watched',
    'monitoring_pages EmailMonitorDown mailcanary',
    'monitoring_pages EmailSubmissionPathStalled second',
  ]);
}, 180_000);

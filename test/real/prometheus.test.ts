import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toClassicText } from '../metrics/classic-text.ts';
import { createDaemonHome, type DaemonHome } from '../support/daemon-home.ts';
import type { Program } from '../support/program.ts';
import { startMailRig, type MailRig, type RigUser } from '../support/rig/mail-rig.ts';
import { startPrometheus, type Prometheus } from '../support/rig/prometheus.ts';

let rig: MailRig;
let user: RigUser;
let home: DaemonHome;
let daemon: Program;
let prometheus: Prometheus;
beforeAll(async () => {
  rig = await startMailRig();
  user = await rig.addUser();
  home = await createDaemonHome(`
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${rig.smtpPort}", from: a@example.org }
observers:
  mailbox: { type: imap, url: "imap://${user.user}@127.0.0.1:${rig.imapPort}", password: "${user.password}" }
probes:
  support: { sender: relay, to: ${user.address}, observer: mailbox, every: 1s }
`);
  daemon = await home.start();
  prometheus = await startPrometheus({ targets: { mailcanary: [`127.0.0.1:${home.port}`] } });
});
afterAll(async () => {
  await prometheus.stop();
  daemon.kill('SIGKILL');
  await daemon.ended;
  await rig.stop();
  await home.remove();
});

/** The one value of an expression, once it is at least `least`. */
async function reaches(expr: string, least: number): Promise<number> {
  const [result] = await prometheus.until(expr, ([first]) => (first?.value ?? 0) >= least);
  return result!.value;
}

describe('a real Prometheus', () => {
  it('scrapes without an error', async () => {
    await reaches('up{job="mailcanary"}', 1);

    expect(await prometheus.targets()).toMatchObject([{ health: 'up', lastError: '' }]);
    expect(await reaches('scrape_samples_scraped{job="mailcanary"}', 1)).toBeGreaterThan(50);
  });

  it('follows a canary, from its launch to its verdict', async () => {
    const launched = 'mailcanary_launched_total{probe="support"}';
    const before = await reaches(launched, 0);

    await reaches(launched, before + 3);
    await reaches('mailcanary_verdicts_total{probe="support",verdict="on_time"}', before + 1);

    const lag =
      'mailcanary_watch_horizon_timestamp_seconds - mailcanary_head_sent_timestamp_seconds';
    for (const { value } of await prometheus.query(lag)) expect(value).not.toBeGreaterThan(600);
    expect((await prometheus.query('mailcanary_verdicts_total{verdict="overdue"}'))[0]?.value).toBe(
      0,
    );
  });

  it('keeps exemplars that name canaries which exist', async () => {
    await reaches('mailcanary_ingest_latency_seconds_count', 1);

    const kept = await prometheus.exemplars('mailcanary_ingest_latency_seconds_bucket');

    const exemplars = kept.flatMap((series) => series.exemplars);
    expect(exemplars.length).toBeGreaterThan(0);
    for (const { labels, value, timestamp } of exemplars) {
      const answer = await home.get(`/api/v1/canaries/${labels['canary_id']}`);
      expect(answer.status).toBe(200);
      expect(Number(value)).toBeLessThan(60);
      expect(Math.abs(timestamp * 1_000 - Date.now())).toBeLessThan(120_000);
    }
  });

  it('finds nothing to blame in the text of a daemon that works (promtool)', async () => {
    const text = await (await home.get('/metrics')).text();

    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: toClassicText(text),
      encoding: 'utf8',
    });

    expect([status, `${stdout}${stderr}`]).toEqual([0, '']);
  });

  it('sees a stalled relay grow old while nothing arrives, and arrivals when it ends', async () => {
    const age = 'time() - mailcanary_head_sent_timestamp_seconds{probe="support"}';
    rig.defer();

    await reaches(age, 4);
    await reaches('mailcanary_unjudged{probe="support"}', 3);
    await rig.release();
    await prometheus.until('mailcanary_unjudged{probe="support"}', ([it]) => (it?.value ?? 9) <= 1);

    expect(await prometheus.query('mailcanary_lost_total')).toMatchObject([{ value: 0 }]);
  });
});

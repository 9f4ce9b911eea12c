import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDaemonHome, imbalanceOf, type DaemonHome } from '../support/daemon-home.ts';
import { valueOf } from '../support/openmetrics.ts';
import { runProgram, type Program } from '../support/program.ts';
import type { MailRig, RigUser } from '../support/rig/mail-rig.ts';
import type { Rt } from '../support/rig/rt.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';

/** Mail for chain@example.test goes into a mailbox, and by another rt-mailgate into the queue `Chain`. */
export interface Chain {
  readonly mail: MailRig;
  readonly rt: Rt;
  readonly mailbox: RigUser;
  /** Between that mailgate and RT. */
  readonly line: TcpProxy;
}

interface Stage {
  readonly observer: string;
  readonly latency_seconds: number;
  readonly latency_error_seconds: number;
}

interface Record {
  readonly id: string;
  readonly place: string | null;
  readonly accepted_at: string;
  readonly queue_id: string | null;
  readonly latency_seconds: number;
  readonly latency_error_seconds: number;
  readonly stages: readonly Stage[];
}

/** Dovecot's log and RT's database against the program, on one machine. */
const CLOCKS_MS = 10;
const PATIENCE = { timeout: 100_000, interval: 200 };
const STAGE = { probe: 'support', stage: 'mailbox' };

/** A mailbox in front, the helpdesk behind it, and the monitor on both. */
export function describeChain(chain: () => Chain): void {
  describe('a chain: Dovecot in front, Request Tracker behind', () => {
    let home: DaemonHome;
    let daemon: Program | undefined;
    beforeEach(async () => {
      home = await createDaemonHome(configOf(chain()));
    });
    afterEach(async () => {
      daemon?.kill('SIGKILL');
      await daemon?.ended;
      await home.remove();
    });

    const page = async (): Promise<string> =>
      (await (await home.get('/')).text()).replace(/\s+/g, ' ');
    const stuck = async (): Promise<number | undefined> =>
      valueOf(await home.scrape(), 'mailcanary_stage_stuck', STAGE);

    test('both times are true; what makes no ticket is told as that, until the mailgate works again', async () => {
      const { line, mail } = chain();
      daemon = await home.start();
      let first: Record | undefined;
      await expect.poll(async () => (first = await arrived(home))?.stages.length, PATIENCE).toBe(1);
      await expectTrue(first, chain());
      const calm = [await stuck(), await page()] as const;

      await line.refuse();
      await expect.poll(stuck, PATIENCE).toBeGreaterThanOrEqual(1);
      const told = await page();
      const status = await runProgram(['status'], { cwd: home.folder });
      await line.accept();
      await mail.flush();
      await expect.poll(stuck, PATIENCE).toBe(0);

      const seen = valueOf(await home.scrape(), 'mailcanary_stage_arrivals_total', STAGE);
      const timed = valueOf(await home.scrape(), 'mailcanary_stage_latency_seconds_count', STAGE);
      expect(seen).toBeGreaterThanOrEqual(2);
      expect(timed).toBeGreaterThanOrEqual(1);
      expect(calm[0]).toBe(0);
      expect(calm[1]).not.toContain('never by helpdesk');
      expect(told).toMatch(/of the overdue were seen by mailbox and never by helpdesk/);
      expect(status.stdout).toMatch(/\d+ seen by mailbox, not by helpdesk/);
      expect(imbalanceOf(await home.scrape())).toBeUndefined();
    });
  });
}

function configOf({ mail, rt, mailbox }: Chain): string {
  const { user, password, address } = mailbox;
  const imap = `url: "imap://${user}@127.0.0.1:${mail.imapPort}", password: "${password}"`;
  const login = `url: "${rt.url}", token: "${rt.users.canary.token}", queue: Chain, index_lag: 1s`;
  return `
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${mail.smtpPort}", from: ${address} }
observers:
  mailbox: { type: imap, ${imap} }
  helpdesk: { type: rt, ${login} }
probes:
  support: { sender: relay, to: chain@example.test, observer: [mailbox, helpdesk], every: 4s, suspect_after: 2s, late_after: 6s }
`;
}

/** The oldest canary that RT has, as its own page tells it. */
async function arrived(home: DaemonHome): Promise<Record | undefined> {
  const { canaries } = (await (await home.get('/api/v1/canaries')).json()) as {
    canaries: readonly Record[];
  };
  const found = canaries.findLast(({ place }) => place === 'inbox');
  if (found === undefined) return undefined;
  return (await (await home.get(`/api/v1/canaries/${found.id}`)).json()) as Record;
}

/** Against Dovecot's log and RT's database; the difference between both is what RT's side took. */
async function expectTrue(record: Record | undefined, { mail, rt }: Chain): Promise<void> {
  const [stage] = record?.stages ?? [];
  if (record === undefined || stage === undefined) throw new Error('nothing has arrived');
  const acceptedAt = Date.parse(record.accepted_at);
  const { deliveredAt } = await mail.whenDelivered(record.queue_id ?? '');
  const [row] = rt.query(
    `select min(x.id) as id from Tickets t
       join Transactions x on x.ObjectId = t.id and x.ObjectType = 'RT::Ticket' and x.Type = 'Create'
      where t.Subject like ?`,
    `%mailcanary ${record.id}%`,
  );
  expectHolds(stage, deliveredAt - acceptedAt);
  expectHolds(record, rt.insertedAt(Number(row?.['id'])) - acceptedAt);
  expect(stage.observer).toBe('mailbox');
  expect(stage.latency_seconds).toBeLessThan(record.latency_seconds + record.latency_error_seconds);
}

function expectHolds(
  told: Pick<Stage, 'latency_seconds' | 'latency_error_seconds'>,
  trueMs: number,
): void {
  const [middle, error] = [told.latency_seconds * 1_000, told.latency_error_seconds * 1_000];
  expect(trueMs).toBeGreaterThanOrEqual(middle - error - CLOCKS_MS);
  expect(trueMs).toBeLessThanOrEqual(middle + error + CLOCKS_MS);
}

import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { foreignMail } from '../contracts/observer/mails.ts';
import { createDaemonHome, imbalanceOf, type DaemonHome } from '../support/daemon-home.ts';
import { valueOf } from '../support/openmetrics.ts';
import { runProgram, type Program, type ProgramRun } from '../support/program.ts';
import type { MailRig, RigUser } from '../support/rig/mail-rig.ts';
import type { Rt } from '../support/rig/rt.ts';

/** Mail for support@example.test comes into the queue `Support` by Postfix and rt-mailgate. */
export interface Journey {
  readonly mail: MailRig;
  readonly rt: Rt;
  /** Where canaries come from. */
  readonly sender: RigUser;
}

interface Record {
  readonly id: string;
  readonly outcome: string;
  readonly verdict: string;
  readonly accepted_at: string;
  readonly ingested_at: string;
  readonly latency_seconds: number;
  readonly latency_error_seconds: number;
  readonly place: string;
  readonly duplicates: number;
  readonly hops: readonly { readonly from: string; readonly by: string }[];
}

/** Clocks that tell of the same instant: RT's database and the program, on one machine, to a millisecond each. */
const CLOCKS_MS = 5;

/** The built program against Postfix, rt-mailgate and RT, with nothing in its file but what is needed. */
export function describeJourneys(journey: () => Journey): void {
  describe('the built program, Postfix, rt-mailgate and RT', () => {
    let home: DaemonHome;
    let daemon: Program | undefined;
    beforeEach(async () => {
      home = await createDaemonHome('');
      await configure('');
    });
    afterEach(async () => {
      daemon?.kill('SIGKILL');
      await daemon?.ended;
      daemon = undefined;
      await home.remove();
    });

    function configure(tidy: string, to = 'support@example.test'): Promise<void> {
      const { mail, rt, sender } = journey();
      const login = `url: "${rt.url}", token: "${rt.users.canary.token}", queue: Support`;
      return home.writeConfig(`
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${mail.smtpPort}", from: ${sender.address} }
observers:
  helpdesk: { type: rt, ${login}${tidy} }
probes:
  support: { sender: relay, to: ${to}, observer: helpdesk, every: 12s }
`);
    }

    const run = (...args: string[]): Promise<ProgramRun> => runProgram(args, { cwd: home.folder });

    test('a probe is on time, over two hops, and its latency holds the instant at which RT stored it', async () => {
      await configure('', 'support@hop.test');

      const { exitCode, stdout, stderr } = await run('probe', 'support', '--format', 'json');

      const record = JSON.parse(stdout) as Record;
      expect(record).toMatchObject({ outcome: 'on_time', place: 'inbox', duplicates: 0 });
      expect(record.hops.map(({ by }) => by)).toEqual(
        expect.arrayContaining(['hop.example.test', 'mx.example.test']),
      );
      expectHolds(record, journey().rt);
      expect(stderr + stdout).not.toMatch(/mca[sbm][a-z2-7]{56}/);
      expect(exitCode).toBe(0);
    });

    test('check says what it found; RT answers the plain canary, and the answer to that is counted and no arrival', async () => {
      const { mail, rt, sender } = journey();

      const checked = await run('check', '--launch', '--format', 'json');

      const { summary } = findingOf(checked, 'helpdesk');
      expect(summary).toMatch(/RT 5\.\d.*, queue Support \(\d+\), .*by session, clock .* off/);
      expect(findingOf(checked, 'support, plain headers').summary).toMatch(/^in the inbox after/);
      expect(findingOf(checked, 'support, automatic headers').summary).toMatch(/^in the inbox/);
      expect(checked.exitCode).toBe(0);
      // Auto-Submitted keeps RT from answering the other one.
      await mail.whenLogged(new RegExp(`to=<${sender.address}>.* status=sent`));
      const answers = await autoreplies(mail, sender);
      expect(answers).toHaveLength(1);

      daemon = await home.start();
      await daemon.whenSaid(/canary accepted/);
      await send(mail, `Re: ${answers[0]}`, ['Auto-Submitted: auto-replied']);
      const reply = { observer: 'helpdesk', reason: 'reply' };
      await expect
        .poll(async () => valueOf(await home.scrape(), 'mailcanary_unmatched_total', reply), {
          timeout: 100_000,
        })
        .toBe(1);
      expect(rt.query(`select id from Transactions where Type = 'Correspond'`)).not.toEqual([]);
    });

    test('the daemon judges each, holds RT’s instant each time, counts a copy, and tidies by ticket', async () => {
      const { rt } = journey();
      await rt.deliver('Support', foreignMail());
      daemon = await home.start();
      await daemon.whenSaid(/(?:canary accepted[^]*){2}/);
      const [first] = await records(home);
      const mail = mailOf(first?.id ?? '', rt);
      await rt.deliver('Support', mail);
      const duplicates = { probe: 'support' };
      await expect
        .poll(async () => valueOf(await home.scrape(), 'mailcanary_duplicates_total', duplicates), {
          timeout: 100_000,
        })
        .toBe(1);

      const seen = (await records(home)).filter(({ outcome }) => outcome === 'on_time');
      const metrics = await home.scrape();
      daemon.kill('SIGTERM');
      await daemon.ended;
      await configure(', tidy: delete, tidy_after: 1ms');
      const tidied = await run('tidy', '--format', 'json');

      expect(imbalanceOf(metrics)).toBeUndefined();
      expect(seen.length).toBeGreaterThanOrEqual(2);
      for (const record of seen) {
        expect(record).toMatchObject({ verdict: 'on_time', place: 'inbox' });
        expectHolds(record, rt);
      }
      const { copies } = JSON.parse(tidied.stdout) as { copies: { result: string }[] };
      expect(copies.length).toBeGreaterThanOrEqual(seen.length + 1);
      expect(copies.every(({ result }) => result === 'done')).toBe(true);
      for (const { id } of seen) {
        expect(new Set(ticketsOf(id, rt).map(({ Status }) => Status))).toEqual(
          new Set(['deleted']),
        );
      }
      const foreign = rt.query(
        `select Status from Tickets where Subject like '%Aardvark%' order by id desc`,
      );
      expect(foreign[0]).toEqual({ Status: 'new' });
    });
  });
}

/** The latency, with its error, holds the instant at which RT's database got the transaction. */
function expectHolds(record: Record, rt: Rt): void {
  const transactions = ticketsOf(record.id, rt).map(({ transaction }) => Number(transaction));
  const stored = rt.insertedAt(Math.min(...transactions));
  const latencyMs = stored - Date.parse(record.accepted_at);
  const [middle, error] = [record.latency_seconds * 1_000, record.latency_error_seconds * 1_000];
  expect(latencyMs).toBeGreaterThanOrEqual(middle - error - CLOCKS_MS);
  expect(latencyMs).toBeLessThanOrEqual(middle + error + CLOCKS_MS);
}

function ticketsOf(canaryId: string, rt: Rt): ReturnType<Rt['query']> {
  return rt.query(
    `select t.Status, t.Subject, x.id as "transaction" from Tickets t
       join Transactions x on x.ObjectId = t.id and x.ObjectType = 'RT::Ticket' and x.Type = 'Create'
      where t.Subject like ? order by t.id`,
    `%mailcanary ${canaryId}%`,
  );
}

/** The canary once more, as a loop would bring it. */
function mailOf(canaryId: string, rt: Rt): string {
  const subject = String(ticketsOf(canaryId, rt)[0]?.['Subject']);
  const token = subject.replace('mailcanary ', '');
  return [
    'From: canary@example.test',
    'To: support@example.test',
    `Subject: ${subject}`,
    `Message-ID: <${token}@example.test>`,
    `X-Mailcanary-Token: ${token}`,
    'Auto-Submitted: auto-generated',
    '',
    `Token: ${token}`,
    '',
  ].join('\r\n');
}

async function records(home: DaemonHome): Promise<readonly Record[]> {
  const { canaries } = (await (await home.get('/api/v1/canaries')).json()) as {
    canaries: readonly Record[];
  };
  return canaries.toReversed();
}

interface Finding {
  readonly name: string;
  readonly summary: string;
}

function findingOf({ stdout }: ProgramRun, name: string): Finding {
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  const found = findings.find((finding) => finding.name === name);
  if (found === undefined) throw new Error(`check says nothing of ${name}: ${stdout}`);
  return found;
}

/** Subjects of what RT sent to the sender of canaries. */
async function autoreplies(mail: MailRig, sender: RigUser): Promise<readonly string[]> {
  const query = ['-f', 'flow', 'fetch', '-u', sender.user, 'hdr.subject', 'all'];
  const lines = (await mail.doveadm(query)).trim().split('\n');
  return lines.map((line) => line.replace('hdr.subject=', '')).filter(Boolean);
}

async function send(mail: MailRig, subject: string, headers: readonly string[]): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port: mail.smtpPort, ignoreTLS: true });
  const head = ['From: canary@example.test', `Subject: ${subject}`, ...headers];
  const raw = [...head, 'Message-ID: <away@example.test>', '', 'I am away', ''].join('\r\n');
  const envelope = { from: 'canary@example.test', to: ['support@example.test'] };
  await transport.sendMail({ envelope, raw });
  transport.close();
}

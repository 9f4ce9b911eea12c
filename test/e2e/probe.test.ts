import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram, startProgram } from '../support/program.ts';
import { startMailRig, type MailRig, type RigUser } from '../support/rig/mail-rig.ts';
import { startProxy } from '../support/tcp-proxy.ts';

interface JsonRecord {
  readonly probe: string;
  readonly id: string | null;
  readonly outcome: string;
  readonly verdict: string | null;
  readonly reason: string | null;
  readonly sent_at: string | null;
  readonly accepted_at: string | null;
  readonly latency_seconds: number | null;
  readonly latency_error_seconds: number | null;
  readonly place: string | null;
  readonly duplicates: number;
  readonly queue_id: string | null;
  readonly hops: readonly { from: string; by: string; seconds: number | null }[];
}

let rig: MailRig;
beforeAll(async () => {
  rig = await startMailRig();
});
afterAll(async () => {
  await rig.stop();
});

interface Line {
  readonly user: RigUser;
  readonly to?: string;
  readonly smtpPort?: number;
  readonly imapPort?: number;
}

function probeArgs(line: Line, ...more: string[]): string[] {
  const { user, to = user.address, smtpPort = rig.smtpPort, imapPort = rig.imapPort } = line;
  return [
    ...['probe', '--smtp', `smtp://127.0.0.1:${smtpPort}`],
    ...['--from', 'a@example.org', '--to', to],
    ...['--imap', `imap://${user.user}:${user.password}@127.0.0.1:${imapPort}`],
    ...(more.includes('--timeout') ? [] : ['--timeout', '20s', '--late-after', '10s']),
    ...(more.includes('--format') ? [] : ['--format', 'json']),
    ...more,
  ];
}

function parse(stdout: string): JsonRecord {
  expect(stdout.trim().split('\n')).toHaveLength(1);
  return JSON.parse(stdout) as JsonRecord;
}

describe('mailcanary probe against Postfix and Dovecot', () => {
  it('reports an arrival on time, with its hops, and exits 0', async () => {
    const user = await rig.addUser();

    const run = await runProgram(probeArgs({ user }));

    const record = parse(run.stdout);
    expect(record).toMatchObject({
      probe: 'adhoc',
      outcome: 'on_time',
      verdict: 'on_time',
      reason: null,
      place: 'inbox',
      duplicates: 0,
    });
    expect(record.id).toMatch(/^[a-z0-9]{32}$/);
    expect(record.queue_id).toMatch(/^[A-Z0-9]+$/i);
    expect(record.hops.length).toBeGreaterThan(0);
    expect(record.latency_seconds).toBeLessThan(5);
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toContain('warning: the password in --imap');
  });

  it('prints the object of the design, key by key', async () => {
    const user = await rig.addUser();

    const run = await runProgram(probeArgs({ user }));

    expect(Object.keys(parse(run.stdout))).toEqual([
      ...['probe', 'id', 'outcome', 'verdict', 'reason', 'sent_at', 'accepted_at', 'ingested_at'],
      ...['observed_at', 'latency_seconds', 'latency_error_seconds', 'place', 'duplicates'],
      ...['queue_id', 'hops'],
    ]);
  });

  it('calls a held mail lost and exits 2', async () => {
    const user = await rig.addUser();
    rig.hold(user.address);

    const run = await runProgram(probeArgs({ user }, '--timeout', '3s', '--late-after', '1s'));

    expect(parse(run.stdout)).toMatchObject({ outcome: 'lost', verdict: 'overdue', place: null });
    expect(run.exitCode).toBe(2);
  });

  it('calls an arrival between late-after and timeout late and exits 1', async () => {
    const user = await rig.addUser();
    rig.hold(user.address);
    const program = startProgram(probeArgs({ user }, '--timeout', '30s', '--late-after', '1s'));
    await rig.whenHeld(user.address);
    const heldAt = Date.now();
    await program.whenSaid(/is late: not seen 1 s after it was accepted/);

    await rig.releaseHeld();

    const run = await program.ended;
    const record = parse(run.stdout);
    expect(record).toMatchObject({ outcome: 'late', verdict: 'overdue', place: 'inbox' });
    expect(record.latency_seconds).toBeGreaterThan(1);
    expect(record.latency_seconds).toBeLessThan((Date.now() - heldAt) / 1_000 + 1);
    expect(run.exitCode).toBe(1);
  });

  it('does not launch while nobody can look: blind, exit 3', async () => {
    const user = await rig.addUser();
    const proxy = await startProxy({ target: { host: '127.0.0.1', port: rig.imapPort } });
    await proxy.stop();

    const run = await runProgram(probeArgs({ user, imapPort: proxy.port }));

    expect(parse(run.stdout)).toMatchObject({ id: null, outcome: 'blind', reason: 'unreachable' });
    expect(run.exitCode).toBe(3);
  });

  it('says blind when the watcher is lost after the launch', async () => {
    const user = await rig.addUser();
    const proxy = await startProxy({ target: { host: '127.0.0.1', port: rig.imapPort } });
    rig.hold(user.address);
    const program = startProgram(
      probeArgs({ user, imapPort: proxy.port }, '--timeout', '3s', '--late-after', '1s'),
    );
    await rig.whenHeld(user.address);

    await proxy.stop();

    const run = await program.ended;
    expect(parse(run.stdout)).toMatchObject({ outcome: 'blind', reason: 'unreachable' });
    expect(run.exitCode).toBe(3);
  });

  it('fails at once on a wrong mailbox password', async () => {
    const user = { ...(await rig.addUser()), password: 'wrong' };

    const run = await runProgram(probeArgs({ user }));

    expect(parse(run.stdout)).toMatchObject({ id: null, outcome: 'blind', reason: 'auth' });
    expect(run.exitCode).toBe(3);
  });

  it('calls a mail refused at RCPT unsent and exits 3', async () => {
    const user = await rig.addUser();

    const run = await runProgram(probeArgs({ user, to: rig.addresses.refused }));

    expect(parse(run.stdout)).toMatchObject({
      outcome: 'unsent',
      verdict: null,
      reason: 'refused',
    });
    expect(run.exitCode).toBe(3);
  });

  it('tries a greylisted mail again and counts from the final 250', async () => {
    const user = await rig.addUser();
    rig.greylist(user.address, 1);

    const run = await runProgram(probeArgs({ user }, '--timeout', '30s', '--late-after', '2s'));

    const record = parse(run.stdout);
    expect(record).toMatchObject({ outcome: 'on_time' });
    expect(run.stderr).toMatch(/deferred: .*trying again at/);
    expect(Date.parse(record.accepted_at!) - Date.parse(record.sent_at!)).toBeGreaterThan(2_000);
    expect(run.exitCode).toBe(0);
  });
});

describe('a dialogue that is cut', () => {
  it('before the body is unsent', async () => {
    const user = await rig.addUser();
    const proxy = await startProxy({ target: { host: '127.0.0.1', port: rig.smtpPort } });
    proxy.addRule({ on: 'server-line', match: /^354 /, at: 'before', do: 'reset' });

    const run = await runProgram(probeArgs({ user, smtpPort: proxy.port }));

    expect(parse(run.stdout)).toMatchObject({ outcome: 'unsent', reason: 'unreachable' });
    expect(run.exitCode).toBe(3);
    await proxy.stop();
  });

  it('after the final dot, with the mail taken, is on time', async () => {
    const user = await rig.addUser();
    const proxy = await startProxy({ target: { host: '127.0.0.1', port: rig.smtpPort } });
    proxy.addRule({ on: 'server-line', match: /^250 .*queued as/, at: 'before', do: 'reset' });

    const run = await runProgram(probeArgs({ user, smtpPort: proxy.port }));

    expect(parse(run.stdout)).toMatchObject({ outcome: 'on_time', queue_id: null });
    expect(run.exitCode).toBe(0);
    await proxy.stop();
  });

  it('at the final dot, with the mail not taken, is in doubt', async () => {
    const user = await rig.addUser();
    const proxy = await startProxy({ target: { host: '127.0.0.1', port: rig.smtpPort } });
    proxy.addRule({ on: 'client-line', match: /^\.$/, at: 'before', do: 'reset' });

    const run = await runProgram(
      probeArgs({ user, smtpPort: proxy.port }, '--timeout', '3s', '--late-after', '1s'),
    );

    expect(parse(run.stdout)).toMatchObject({ outcome: 'in_doubt', verdict: null });
    expect(run.exitCode).toBe(3);
    await proxy.stop();
  });
});

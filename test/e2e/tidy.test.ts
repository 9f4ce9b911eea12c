import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { foreignMail } from '../contracts/observer/mails.ts';
import { parseOpenMetrics, valueOf } from '../support/openmetrics.ts';
import { runProgram, startProgram, type Program } from '../support/program.ts';
import { startMailRig, type MailRig, type RigUser } from '../support/rig/mail-rig.ts';
import { findFreePorts } from '../support/rig/processes.ts';

const TOKEN_KEY = 'planted-token-key-0123456789';

let rig: MailRig;
let folder: string;
let user: RigUser;
let port: number;
let daemon: Program | undefined;
beforeAll(async () => {
  rig = await startMailRig();
});
afterAll(() => rig.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mailcanary-tidy-'));
  user = await rig.addUser();
  [port = 0] = await findFreePorts(1);
  await rig.deliver(user, foreignMail());
  await rig.deliver(user, foreignMail());
  await rig.doveadm(['flags', 'add', '-u', user.user, '\\Deleted', 'mailbox', 'INBOX', 'uid', '2']);
});
afterEach(async () => {
  daemon?.kill('SIGKILL');
  await daemon?.ended;
  daemon = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function writeConfig(tidy: string): Promise<void> {
  await writeFile(
    join(folder, 'mailcanary.yaml'),
    `token_keys: ["\${TOKEN_KEY}"]
server: { listen: "127.0.0.1:${port}" }
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${rig.smtpPort}", from: a@example.org }
observers:
  mailbox: { type: imap, url: "imap://${user.user}@127.0.0.1:${rig.imapPort}", password: "\${IMAP_PASSWORD}", ${tidy} }
probes:
  support: { sender: relay, to: ${user.address}, observer: mailbox, every: 1s }
`,
  );
}

const run = (...args: string[]) =>
  runProgram(args, { cwd: folder, env: { TOKEN_KEY, IMAP_PASSWORD: user.password } });

async function startDaemon(): Promise<Program> {
  daemon = startProgram(['run'], {
    cwd: folder,
    env: { TOKEN_KEY, IMAP_PASSWORD: user.password },
  });
  await daemon.whenSaid(/monitor started/);
  return daemon;
}

/** UID and flags of what is in a folder. */
async function mails(mailbox = 'INBOX'): Promise<string[]> {
  const query = ['-f', 'tab', 'fetch', '-u', user.user, 'uid flags', 'mailbox', mailbox];
  const [, ...lines] = (await rig.doveadm(query)).trimEnd().split('\n');
  return lines.map((line) =>
    line
      .replaceAll('\t', ' ')
      .replace(/ ?\\Recent/g, '')
      .trim(),
  );
}

const FOREIGN = ['1', '2 \\Deleted'];

describe('mailcanary tidy', () => {
  it('shows what is due, takes exactly that away, and nothing twice', async () => {
    await writeConfig('tidy: delete, tidy_after: 1ms');
    const probes = [
      await run('probe', 'support', '--format', 'json'),
      await run('probe', 'support'),
    ];
    const dry = await run('tidy', '--dry-run');
    const untouched = await mails();

    const done = await run('tidy', 'mailbox', '--format', 'json');
    const again = await run('tidy');

    expect(probes.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(dry.exitCode).toBe(0);
    expect(dry.stdout).toMatch(
      /^delete {6}mailbox {2}mcam[a-z2-7]{28} {2}inbox {6}\d{4}-\d\d-\d\d \d\d:\d\d UTC {2}INBOX\/\d+\/3\ndelete .*\/4\n2 copies due; nothing was touched\n$/,
    );
    expect(untouched).toHaveLength(4);
    expect(done.exitCode).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({
      dry_run: false,
      copies: [
        { observer: 'mailbox', place: 'inbox', manner: 'delete', result: 'done', reason: null },
        { result: 'done' },
      ],
      left: 0,
      kept: [],
    });
    expect(await mails()).toEqual(FOREIGN);
    expect(again).toMatchObject({ exitCode: 0, stdout: 'nothing was due\n', stderr: '' });
    for (const { stdout, stderr } of [dry, done]) {
      expect(stdout + stderr).not.toMatch(/mca[sbm][a-z2-7]{56}/);
    }
  });

  it('finds what somebody has deleted gone, and says what keeps its canaries', async () => {
    await writeConfig('tidy: delete, tidy_after: 1ms');
    await run('probe', 'support');
    await rig.doveadm(['expunge', '-u', user.user, 'mailbox', 'INBOX', 'uid', '3']);

    const gone = await run('tidy');
    await writeConfig('tidy: keep');
    const kept = await run('tidy');

    expect(gone.stdout).toMatch(/^gone .*\n1 copy cleaned away\n$/);
    expect(kept).toMatchObject({
      exitCode: 0,
      stdout: 'nothing was due\nmailbox keeps its canaries (tidy: keep)\n',
    });
  });

  it('says what stands in the way, with exit code 1, and 3 for what does not exist', async () => {
    await writeConfig('tidy: close, tidy_after: 1ms');
    await run('probe', 'support');

    const failed = await run('tidy');
    const unknown = await run('tidy', 'nobody');

    expect(failed.exitCode).toBe(1);
    expect(failed.stdout).toContain('name one with archive: FOLDER');
    expect(failed.stdout).toMatch(/^FAILED [^]*\n0 copies cleaned away, 1 copy left\n$/);
    expect(unknown.exitCode).toBe(3);
    expect(unknown.stderr).toContain('there is no observer named nobody; there are mailbox');
    expect(await mails()).toEqual([...FOREIGN, '3']);
  });
});

describe('mailcanary run', () => {
  it('cleans up after its canaries, touches nothing else, and takes no missing copy for anything', async () => {
    await writeConfig('tidy: delete, tidy_after: 1s');
    const running = await startDaemon();
    await running.whenSaid(/(?:canary cleaned away[^]*){3}/);

    const dry = await run('tidy', '--dry-run');
    const real = await run('tidy');
    const metrics = parseOpenMetrics(
      await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
    );
    running.kill('SIGTERM');
    const { exitCode, stderr } = await running.ended;

    const value = (name: string, labels = {}): number | undefined =>
      valueOf(metrics, `mailcanary_${name}`, labels);
    expect(dry).toMatchObject({ exitCode: 0, stderr: '' });
    expect(dry.stdout).toMatch(/due; nothing was touched\n$/);
    expect(real.exitCode).toBe(3);
    expect(real.stderr).toContain(`is in use by process ${running.pid}`);
    expect(real.stderr).toContain('A running monitor cleans up by itself; --dry-run shows');
    expect(value('litter', { observer: 'mailbox' })).toBeGreaterThanOrEqual(0);
    expect(value('cleanup_failures_total', { observer: 'mailbox' })).toBe(0);
    expect(value('verdicts_total', { verdict: 'on_time' })).toBeGreaterThanOrEqual(3);
    for (const verdict of ['overdue', 'misfiled', 'void'])
      expect(value('verdicts_total', { verdict })).toBe(0);
    expect(value('duplicates_total')).toBe(0);
    expect((await mails()).slice(0, 2)).toEqual(FOREIGN);
    expect(exitCode).toBe(0);
    expect(stderr).not.toMatch(/mca[sbm][a-z2-7]{56}/);
  });

  it('counts what it cannot clean away', async () => {
    await writeConfig('tidy: close, tidy_after: 1s');
    const running = await startDaemon();
    await running.whenSaid(/canary not cleaned away/);

    const metrics = parseOpenMetrics(
      await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
    );

    const labels = { observer: 'mailbox' };
    expect(valueOf(metrics, 'mailcanary_cleanup_failures_total', labels)).toBeGreaterThan(0);
    expect((await mails()).slice(0, 2)).toEqual(FOREIGN);
  });

  it('leaves them where they are by default', async () => {
    await writeConfig('timeout: 20s');
    const running = await startDaemon();
    await running.whenSaid(/(?:canary accepted[^]*){4}/);
    running.kill('SIGTERM');
    const { stderr } = await running.ended;

    expect(stderr).not.toContain('cleaned away');
    expect((await mails()).length).toBeGreaterThanOrEqual(2 + 3);
  });
});

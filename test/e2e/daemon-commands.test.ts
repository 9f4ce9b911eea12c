import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runProgram, startProgram, type Program, type ProgramRun } from '../support/program.ts';
import { startMailRig, type MailRig, type RigUser } from '../support/rig/mail-rig.ts';
import { findFreePorts } from '../support/rig/processes.ts';

const TOKEN_KEY = 'planted-token-key-0123456789';
const ACCESS_TOKEN = 'planted-access-token-0123456789';

let rig: MailRig;
let folder: string;
let user: RigUser;
let port: number;
let daemon: Program;
beforeAll(async () => {
  rig = await startMailRig();
});
afterAll(async () => {
  await rig.stop();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mailcanary-commands-'));
  user = await rig.addUser();
  [port = 0] = await findFreePorts(1);
});
afterEach(async () => {
  daemon.kill('SIGKILL');
  await daemon.ended;
  await rm(folder, { recursive: true, force: true });
});

const options = () => ({
  cwd: folder,
  env: { TOKEN_KEY, ACCESS_TOKEN, IMAP_PASSWORD: user.password },
});
const run = (...args: string[]): Promise<ProgramRun> => runProgram(args, options());

async function startDaemon(token = ', access_token: "${ACCESS_TOKEN}"'): Promise<void> {
  await writeFile(
    join(folder, 'mailcanary.yaml'),
    `token_keys: ["\${TOKEN_KEY}"]
server: { listen: "127.0.0.1:${port}"${token} }
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${rig.smtpPort}", from: a@example.org }
observers:
  mailbox: { type: imap, url: "imap://${user.user}@127.0.0.1:${rig.imapPort}", password: "\${IMAP_PASSWORD}" }
probes:
  support: { sender: relay, to: ${user.address}, observer: mailbox, every: 1h, late_after: 20s, suspect_after: 5s }
`,
  );
  daemon = startProgram(['run'], options());
  await daemon.whenSaid(/monitor started/);
}

describe('probe NAME beside a running monitor', () => {
  it('has it launch, and reports as a probe of its own would', async () => {
    await startDaemon();

    const json = await run('probe', 'support', '--format', 'json');
    const text = await run('probe', 'support', '--count', '2', '--interval', '100ms');
    const nagios = await run('probe', 'support', '--format', 'nagios', '--late-after', '9s');

    const record = JSON.parse(json.stdout) as Record<string, unknown>;
    expect(record).toMatchObject({ probe: 'support', outcome: 'on_time', place: 'inbox' });
    expect(Object.keys(record)).toHaveLength(15);
    expect(json.stderr).toContain(`launched by the monitor at 127.0.0.1:${port}`);
    expect(text.stdout).toMatch(/2 launched, 2 accepted: 2 on time/);
    expect(nagios.stdout).toMatch(
      /^MAILCANARY OK - support on time, .*\| latency=[\d.]+s;9;600;0 /,
    );
    expect([json, text, nagios].map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  });

  it('judges by the deadlines of the command line: late is said, lost exits 2', async () => {
    await startDaemon();
    rig.hold(user.address);

    const lost = await run('probe', 'support', '--late-after', '1s', '--timeout', '3s');

    expect(lost.stderr).toMatch(/is late: not seen 1 s after it was accepted; waiting until 3 s/);
    expect(lost.stdout).toMatch(/^LOST +accepted, and in none of the places after 3 s$/m);
    expect(lost.exitCode).toBe(2);
  });

  it('Ctrl-C stops following, says so, and the monitor goes on with the canary', async () => {
    await startDaemon();
    rig.hold(user.address);
    const probe = startProgram(['probe', 'support', '--format', 'json'], options());
    await rig.whenHeld(user.address);
    await probe.whenSaid(/launched by the monitor/);

    probe.kill('SIGINT');

    const { exitCode, stderr } = await probe.ended;
    const [, id] =
      /the monitor goes on with it: http:\/\/[\d.:]+\/canary\/(\w+)/.exec(stderr) ?? [];
    expect(exitCode).toBe(3);
    const headers = { authorization: `Bearer ${ACCESS_TOKEN}` };
    const reply = await fetch(`http://127.0.0.1:${port}/api/v1/canaries/${id}`, { headers });
    expect(await reply.json()).toMatchObject({ kind: 'manual', outcome: null });
  });

  it('without an access token says what to write, and sends nothing', async () => {
    await startDaemon('');

    const { exitCode, stderr, stdout } = await run('probe', 'support');

    expect(stderr).toMatch(
      /the monitor refused: commands need an access token: write server\.access/,
    );
    expect([exitCode, stdout]).toEqual([3, '']);
  });

  it('does not launch while the monitor cannot look', async () => {
    user = { ...user, password: 'wrong' };
    await startDaemon();

    const { exitCode, stdout } = await run('probe', 'support', '--format', 'json');

    expect(JSON.parse(stdout)).toMatchObject({ id: null, outcome: 'blind', reason: 'auth' });
    expect(exitCode).toBe(3);
  });
});

describe('status and ledger', () => {
  it('work beside the monitor and after it, and say which', async () => {
    await startDaemon();
    const during = [await run('status'), await run('ledger', 'check')];
    const backup = await run('ledger', 'backup', 'copy.db');
    daemon.kill('SIGTERM');
    await daemon.ended;

    const after = [await run('status', '--format', 'nagios'), await run('ledger', 'check')];
    const again = await run('ledger', 'backup', 'copy.db');

    expect(during[0]?.stdout).toContain(`from the monitor at 127.0.0.1:${port}`);
    expect(during[1]?.stdout).toMatch(new RegExp(`^in use by process ${daemon.pid}$`, 'm'));
    expect([during[1]?.exitCode, after[1]?.exitCode]).toEqual([0, 0]);
    expect(after[0]?.stdout).toMatch(
      /^MAILCANARY UNKNOWN - support unknown.*from the ledger, last written to at .*: no monitor answers/,
    );
    expect(after[0]?.exitCode).toBe(3);
    expect(backup.stdout).toMatch(/copy\.db: \d+ canar(y|ies), \d+ KiB, read again and whole\n$/);
    expect((await stat(join(folder, 'copy.db'))).mode & 0o777).toBe(0o600);
    expect(again.stderr).toContain('it exists already, and is not overwritten');
    expect([backup.exitCode, again.exitCode]).toEqual([0, 3]);
  });

  it('a corrupt ledger is called so, with exit 2, and left as it is', async () => {
    await startDaemon();
    daemon.kill('SIGTERM');
    await daemon.ended;
    const file = join(folder, 'mailcanary.db');
    await writeFile(file, 'no database at all '.repeat(100));

    const { exitCode, stdout } = await run('ledger', 'check');

    expect(stdout).toMatch(/^FAIL +file +is corrupt, or not an SQLite database$/m);
    expect(exitCode).toBe(2);
    expect((await stat(file)).size).toBe(1_900);
  });
});

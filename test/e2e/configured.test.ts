import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runProgram, startProgram, type ProgramRun } from '../support/program.ts';
import { startMailRig, type MailRig, type RigUser } from '../support/rig/mail-rig.ts';
import { findFreePorts } from '../support/rig/processes.ts';

const TOKEN_KEY = 'planted-token-key-0123456789';

let rig: MailRig;
let folder: string;
let user: RigUser;
/** Where no monitor of anybody listens. */
let port: number;
beforeAll(async () => {
  rig = await startMailRig();
  folder = await mkdtemp(join(tmpdir(), 'mailcanary-e2e-'));
  [port = 0] = await findFreePorts(1);
});
afterAll(async () => {
  await rig.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  user = await rig.addUser();
  await writeConfig();
});

async function writeConfig(changes: { imapPort?: number; ledger?: string } = {}): Promise<void> {
  const { imapPort = rig.imapPort, ledger = `sqlite:./${user.user}.db` } = changes;
  await writeFile(
    join(folder, 'mailcanary.yaml'),
    `token_keys: ["\${TOKEN_KEY}"]
ledger: { url: "${ledger}" }
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${rig.smtpPort}", from: a@example.org }
observers:
  mailbox: { type: imap, url: "imap://${user.user}@127.0.0.1:${imapPort}", password_file: ./password }
probes:
  support: { sender: relay, to: ${user.address}, observer: mailbox, late_after: 20s, suspect_after: 5s }
server: { listen: "127.0.0.1:${port}" }
`,
  );
  await writeFile(join(folder, 'password'), `${user.password}\n`);
}

const options = () => ({ cwd: folder, env: { TOKEN_KEY } });
const run = (...args: string[]): Promise<ProgramRun> => runProgram(args, options());

describe('with a configuration file', () => {
  it('check says that everything works', async () => {
    const { exitCode, stdout } = await run('check');

    expect(stdout).toMatch(/^ok +config mailcanary.yaml +1 probe: support$/m);
    expect(stdout).toMatch(/^ok +ledger .*can be written/m);
    expect(stdout).toMatch(/^ok +sender relay +127\.0\.0\.1:\d+/m);
    expect(stdout).toMatch(/^ok +observer mailbox +imap, 43,200 mails a month$/m);
    expect(stdout).toMatch(
      new RegExp(`^ +ok +login +as ${user.user} at 127\\.0\\.0\\.1:\\d+, by `, 'm'),
    );
    expect(stdout).toMatch(/^ +ok +inbox +INBOX$/m);
    expect(stdout).toMatch(/^ +- +clock +not told: \w+/m);
    expect(exitCode).toBe(0);
  });

  it('check --launch says where a canary of each header profile ended', async () => {
    const { exitCode, stdout } = await run('check', '--launch');

    for (const profile of ['automatic', 'plain']) {
      const line = new RegExp(`^ok +canary support, ${profile} headers +in the inbox after `, 'm');
      expect(stdout).toMatch(line);
    }
    expect(exitCode).toBe(0);
  });

  it('check --launch fails when they end nowhere', async () => {
    rig.hold(user.address);

    const { exitCode, stdout } = await run('check', '--launch', '--timeout', '2s');

    const lines = stdout.match(
      /^FAIL +canary support, .* taken by the mail system, and seen nowhere$/gm,
    );
    expect(lines).toHaveLength(2);
    expect(exitCode).toBe(3);
  });

  it('check names what fails, why, and what to do', async () => {
    await writeFile(join(folder, 'password'), 'wrong-password');

    const { exitCode, stdout } = await run('check');

    expect(stdout).toMatch(/^FAIL +observer mailbox/m);
    expect(stdout).toMatch(/auth: check user and password/);
    expect(stdout).not.toContain('wrong-password');
    expect(exitCode).toBe(3);
  });

  it('probe NAME sends one canary of that probe and remembers it', async () => {
    const { exitCode, stdout } = await run('probe', 'support', '--format', 'json');

    expect(JSON.parse(stdout)).toMatchObject({ probe: 'support', outcome: 'on_time' });
    expect(exitCode).toBe(0);
    expect((await run('check')).stdout).toContain('0 in flight');
  });

  it('a second writer is told the file and the pid, and exits 3', async () => {
    rig.hold(user.address);
    const first = startProgram(['probe', 'support', '--timeout', '40s'], options());
    await rig.whenHeld(user.address);

    const second = await run('probe', 'support');

    expect(second.stderr).toMatch(
      new RegExp(`\\.db is in use by process ${first.pid}: only one may write to it`),
    );
    expect(second.exitCode).toBe(3);
    first.kill('SIGINT');
    await first.ended;
  });

  it('Ctrl-C ends a probe at once, says so, and the next run judges its canary', async () => {
    rig.hold(user.address);
    const program = startProgram(['probe', 'support', '--format', 'json'], options());
    await rig.whenHeld(user.address);

    program.kill('SIGINT');

    const { exitCode, stdout } = await program.ended;
    expect(JSON.parse(stdout)).toMatchObject({ outcome: null, verdict: null });
    expect(exitCode).toBe(3);
    expect((await run('check')).stdout).toContain('1 in flight');
  });

  it('a mistake in the file is told with its line and a hint', async () => {
    const path = join(folder, 'mailcanary.yaml');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('late_after: 20s', 'late_afer: 20s'));

    const { exitCode, stderr } = await run('check');

    expect(stderr).toMatch(/mailcanary\.yaml:8: probes\.support\.late_afer: .*\n.*late_after/);
    expect(exitCode).toBe(3);
  });

  it('no secret is in any output of any command', async () => {
    const outputs: string[] = [];
    for (const args of [
      ['check'],
      ['check', '--format', 'json'],
      ['probe', 'support'],
      ['probe', 'support', '--format', 'json'],
      ['probe', 'support', '--format', 'nagios'],
    ]) {
      const { stdout, stderr } = await run(...args);
      outputs.push(stdout, stderr);
    }

    const all = outputs.join('\n');
    expect(all).not.toContain(TOKEN_KEY);
    expect(all).not.toContain(user.password);
    expect(all).not.toMatch(/mca[sbm][a-z2-7]{56}/); // a whole token, of which the id is the half
  });
});

describe('a ledger that cannot be written', () => {
  it('stops the sending: nothing reaches the mail system', async () => {
    await writeConfig({ ledger: 'sqlite:/proc/nowhere/mailcanary.db' });
    const before = rig.policy.questions.length;

    const { exitCode, stderr } = await run('probe', 'support');

    expect(stderr).toMatch(/^mailcanary: .*ledger/m);
    expect(exitCode).toBe(3);
    expect(rig.policy.questions.length).toBe(before);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseOpenMetrics } from '../support/openmetrics.ts';
import { runProgram, startProgram, type Program } from '../support/program.ts';
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
  folder = await mkdtemp(join(tmpdir(), 'mailcanary-run-'));
  user = await rig.addUser();
  [port = 0] = await findFreePorts(1);
  await writeConfig('1s');
});
afterEach(async () => {
  daemon.kill('SIGKILL');
  await daemon.ended;
  await rm(folder, { recursive: true, force: true });
});

async function writeConfig(every: string, probe = 'support'): Promise<void> {
  await writeFile(
    join(folder, 'mailcanary.yaml'),
    `token_keys: ["\${TOKEN_KEY}"]
server: { listen: "127.0.0.1:${port}", access_token: "\${ACCESS_TOKEN}" }
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${rig.smtpPort}", from: a@example.org }
observers:
  mailbox: { type: imap, url: "imap://${user.user}@127.0.0.1:${rig.imapPort}", password: "\${IMAP_PASSWORD}" }
probes:
  ${probe}: { sender: relay, to: ${user.address}, observer: mailbox, every: ${every} }
`,
  );
}

const options = () => ({
  cwd: folder,
  env: { TOKEN_KEY, ACCESS_TOKEN, IMAP_PASSWORD: user.password },
});

async function startDaemon(): Promise<void> {
  daemon = startProgram(['run'], options());
  await daemon.whenSaid(/monitor started/);
}

function get(path: string): Promise<Response> {
  const headers = { authorization: `Bearer ${ACCESS_TOKEN}` };
  return fetch(`http://127.0.0.1:${port}${path}`, { headers });
}

/** Resolves once the live events have told of so many settlements. */
async function whenSettled(count: number): Promise<void> {
  const stop = new AbortController();
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/events`, {
    headers: { authorization: `Bearer ${ACCESS_TOKEN}` },
    signal: stop.signal,
  });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.split('event: settled').length > count) break;
  }
  stop.abort();
}

/** The sum of a family's samples, over all labels. */
async function figures(): Promise<(family: string) => number> {
  const families = parseOpenMetrics(await (await get('/metrics')).text());
  return (family) =>
    (families.get(family)?.samples ?? []).reduce((sum, sample) => sum + sample.value, 0);
}

/** The revision that the program says it is. */
async function builtFrom(): Promise<string | undefined> {
  const families = parseOpenMetrics(await (await get('/metrics')).text());
  return families.get('mailcanary_build_info')?.samples[0]?.labels.get('revision');
}

function expectBalanced(sum: (family: string) => number): void {
  expect(sum('mailcanary_accepted')).toBe(sum('mailcanary_verdicts') + sum('mailcanary_unjudged'));
  expect(sum('mailcanary_launched')).toBe(sum('mailcanary_canaries'));
}

describe('mailcanary run', () => {
  it('launches on schedule, judges, and exports books that balance', async () => {
    await startDaemon();
    await whenSettled(3);

    const sum = await figures();

    expect(sum('mailcanary_verdicts')).toBeGreaterThanOrEqual(3);
    expectBalanced(sum);
    expect(await builtFrom()).toMatch(/^[0-9a-f]{12}$/);
    expect((await get('/readyz')).status).toBe(200);
    expect(await (await get('/')).text()).toContain('support');
    expect((await runProgram(['status'], options())).stdout).toMatch(/support +ok/);
    expect((await runProgram(['health'], options())).exitCode).toBe(0);
  });

  it('goes on after kill -9 with nothing forgotten and no counter set back', async () => {
    await startDaemon();
    await whenSettled(3);
    const before = await figures();

    daemon.kill('SIGKILL');
    await daemon.ended;
    await startDaemon();
    const restarted = await figures();
    await whenSettled(2);

    const after = await figures();
    for (const family of ['mailcanary_launched', 'mailcanary_accepted', 'mailcanary_verdicts']) {
      expect(restarted(family)).toBeGreaterThanOrEqual(before(family));
      expect(after(family)).toBeGreaterThan(before(family));
    }
    expectBalanced(restarted);
    expectBalanced(after);
  });

  it('a lost ledger: counts begin anew, and what was on the way is matched to nothing, not missed', async () => {
    rig.hold(user.address);
    await startDaemon();
    await rig.whenHeld(user.address);
    daemon.kill('SIGKILL');
    await daemon.ended;
    for (const suffix of ['', '-wal', '-shm']) {
      await rm(join(folder, `mailcanary.db${suffix}`), { force: true });
    }
    rig.policy.clearAnswer(user.address);
    await startDaemon();
    await whenSettled(2);
    await rig.releaseHeld();

    await expect.poll(async () => (await figures())('mailcanary_unmatched')).toBeGreaterThan(0);
    const sum = await figures();
    expect(sum('mailcanary_overdue')).toBe(0);
    expectBalanced(sum);
  });

  it('ends within 10 s of a SIGTERM, with exit code 0', async () => {
    await startDaemon();
    await whenSettled(1);
    const asked = Date.now();

    daemon.kill('SIGTERM');

    expect((await daemon.ended).exitCode).toBe(0);
    expect(Date.now() - asked).toBeLessThan(10_000);
  });

  it('pauses and resumes by command, over restarts', async () => {
    await startDaemon();

    const pause = ['pause', 'support', '--for', '1h', '--reason', 'planned work'];
    expect((await runProgram(pause, options())).exitCode).toBe(0);
    daemon.kill('SIGTERM');
    await daemon.ended;
    await startDaemon();

    expect((await runProgram(['status'], options())).stdout).toMatch(/support +paused/);
    expect((await runProgram(['resume', 'support'], options())).exitCode).toBe(0);
    await whenSettled(1);
    expect((await runProgram(['status'], options())).stdout).toMatch(/support +ok/);
  });

  it('reloads on SIGHUP, and keeps the old configuration when the new one is bad', async () => {
    await startDaemon();
    await writeConfig('5s');
    daemon.kill('SIGHUP');
    await daemon.whenSaid(/configuration reloaded/);
    expect((await figures())('mailcanary_interval_seconds')).toBe(5);

    await writeConfig('never');
    daemon.kill('SIGHUP');
    await daemon.whenSaid(/configuration not reloaded/);

    const sum = await figures();
    expect(sum('mailcanary_config_last_reload_successful')).toBe(0);
    expect(sum('mailcanary_interval_seconds')).toBe(5);
  });

  it('gives up at once on what a removed probe left open', async () => {
    rig.hold(user.address);
    await startDaemon();
    await daemon.whenSaid(/canary accepted/);
    const settled = whenSettled(1);

    await writeConfig('1s', 'other');
    daemon.kill('SIGHUP');
    await settled;

    // Nothing else could have settled it: it is held, and not late for another ten minutes.
    expectBalanced(await figures());
  });

  it('a second run on the same ledger is told the pid, and exits 3', async () => {
    await startDaemon();

    const second = await runProgram(['run'], options());

    expect(second.stderr).toContain(`is in use by process ${daemon.pid}`);
    expect(second.exitCode).toBe(3);
  });

  it('says no secret and no token in its log, and names the canary in its lines', async () => {
    await startDaemon();
    await whenSettled(2);
    daemon.kill('SIGTERM');

    const { stdout, stderr } = await daemon.ended;

    expect(stdout).toBe('');
    for (const secret of [TOKEN_KEY, ACCESS_TOKEN, user.password]) {
      expect(stderr).not.toContain(secret);
    }
    expect(stderr).not.toMatch(/mca[sbm][a-z2-7]{56}/);
    expect(stderr).toMatch(/"canary":"mcas[a-z0-9]{28}".*"msg":"canary accepted"/);
  });
});

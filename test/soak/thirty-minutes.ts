/**
 * The built daemon for half an hour against a real Postfix and Dovecot, one canary a second, with a
 * deferral, a restart of Dovecot, a SIGKILL and a SIGTERM in between; then everything that it says is
 * held against the servers' own logs. `npm run soak -- --minutes 2` for a short one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createDaemonHome, sumOf, type DaemonHome } from '../support/daemon-home.ts';
import type { Program } from '../support/program.ts';
import { startMailRig, type MailRig } from '../support/rig/mail-rig.ts';
import { audit, describeAudit } from './audit.ts';
import { createScrapeWatch, type ScrapeWatch } from './scrapes.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } });
const lengthMs = Number(values.minutes) * 60_000;
/** So long nothing is delivered; half of it is the deadline, so that some canaries are truly late. */
const deferMs = Math.min(120_000, lengthMs / 5);
const lateAfterMs = deferMs / 2;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const started = Date.now();
const note = (what: string): void =>
  print(`${((Date.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${what}`);

async function run(rig: MailRig, home: DaemonHome): Promise<number> {
  const watch = createScrapeWatch(home);
  const running: { daemon: Program } = { daemon: await home.start() };
  const over = new AbortController();
  const scraping = scrapeEverySecond(watch, over.signal);
  const at = (share: number): Promise<void> =>
    sleep(Math.max(0, started + share * lengthMs - Date.now()));
  try {
    await at(0.2);
    note(`mail is deferred for ${deferMs / 1_000} s, the deadline is ${lateAfterMs / 1_000} s`);
    rig.defer();
    await sleep(deferMs);
    await rig.release();
    await at(0.5);
    note('Dovecot restarts');
    await rig.restartDovecot();
    await at(0.65);
    await restart('SIGKILL', running, home);
    await at(0.8);
    await restart('SIGTERM', running, home);
    await at(1);
    note('no more launches');
    await home.writeConfig(configOf(rig, '1d'));
    running.daemon.kill('SIGHUP');
    await whenAllJudged(watch);
  } finally {
    over.abort();
    await scraping;
    running.daemon.kill('SIGTERM');
    const { exitCode } = await running.daemon.ended;
    note(`the daemon ended with ${exitCode}`);
  }
  return report(rig, home, watch);
}

async function scrapeEverySecond(watch: ScrapeWatch, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await watch.once();
    await sleep(1_000);
  }
}

async function restart(
  by: 'SIGKILL' | 'SIGTERM',
  running: { daemon: Program },
  home: DaemonHome,
): Promise<void> {
  running.daemon.kill(by);
  const { exitCode } = await running.daemon.ended;
  running.daemon = await home.start();
  note(`${by}, which ended it with ${exitCode}; started again`);
}

async function whenAllJudged(watch: ScrapeWatch): Promise<void> {
  for (let calm = 0; calm < 3;) {
    await sleep(1_000);
    const metrics = await watch.once();
    const open = metrics === undefined ? 1 : sumOf(metrics, 'mailcanary_unjudged');
    calm = open === 0 ? calm + 1 : 0;
  }
}

async function report(rig: MailRig, home: DaemonHome, watch: ScrapeWatch): Promise<number> {
  const result = await audit(rig, home.ledger);
  print('');
  print(`scrapes ${watch.count}, unanswered ${watch.unanswered} (while it was down)`);
  print(`equations broken or counters fallen: ${watch.problems.length}`);
  for (const problem of watch.problems.slice(0, 20)) print(`  ${problem}`);
  for (const line of describeAudit(result)) print(line);
  return watch.problems.length + result.problems.length;
}

const mailbox: { config: string } = { config: '' };
function configOf(rig: MailRig, every: string): string {
  const deadlines = `suspect_after: ${lateAfterMs / 2}ms, late_after: ${lateAfterMs}ms`;
  return `
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${rig.smtpPort}", from: a@example.org }
observers:
  mailbox: ${mailbox.config}
probes:
  support: { sender: relay, to: soak@example.test, observer: mailbox, every: ${every}, ${deadlines} }
`;
}

const rig = await startMailRig();
try {
  const { user, password } = await rig.addUser('soak');
  mailbox.config = `{ type: imap, url: "imap://${user}@127.0.0.1:${rig.imapPort}", password: "${password}" }`;
  const home = await createDaemonHome(configOf(rig, '1s'));
  try {
    const problems = await run(rig, home);
    print(problems === 0 ? 'PASSED' : `FAILED: ${problems} problems`);
    process.exitCode = problems === 0 ? 0 : 1;
  } finally {
    await home.remove();
  }
} finally {
  await rig.stop();
}

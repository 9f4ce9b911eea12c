import { parseArgs } from 'node:util';
import { startMailRig, type MailRig } from '../support/rig/mail-rig.ts';
import { describeCrowd, measureCrowd } from './crowd.ts';
import { measureDetection } from './detection.ts';
import { describeFleet, measureFleet, measureMailexporter, type FleetOptions } from './fleet.ts';
import { measureIdle } from './idle.ts';
import { measureSideBySide } from './side-by-side.ts';
import {
  hasCheckEmailDelivery,
  runCheckEmailDelivery,
  type PeerRun,
} from '../peers/check-email-delivery.ts';
import { hasMailexporter } from '../peers/mailexporter.ts';
import { probeCommand, startUp } from './start-up.ts';
import { describeSample, median } from './statistics.ts';

const { values } = parseArgs({
  options: {
    canaries: { type: 'string', default: '200' },
    runs: { type: 'string', default: '10' },
    part: { type: 'string', default: 'latency,sights,fleet,outage' },
    minutes: { type: 'string', default: '6' },
    probes: { type: 'string', default: '1,100,1000' },
  },
});
const canaries = Number(values.canaries);
const runs = Number(values.runs);

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const repeat = async <T>(count: number, body: () => Promise<T>): Promise<T[]> => {
  const results: T[] = [];
  for (let index = 0; index < count; index += 1) results.push(await body());
  return results;
};

async function latency(rig: MailRig): Promise<void> {
  print('Detection: final 250 to seen, ms');
  const looks = await measureDetection(rig, canaries);
  print(`  mailcanary            ${describeSample(looks.delaysMs)}`);
  print(
    `    IMAP commands per canary ${looks.commandsPerCanary.toFixed(1)}, CPU per canary ${looks.cpuMsPerCanary.toFixed(1)} ms`,
  );
  const idle = await measureIdle(rig, Math.min(50, canaries));
  print(`  IDLE alone            ${describeSample(idle)}`);
  let peers: PeerRun[] = [];
  if (hasCheckEmailDelivery) {
    const user = await rig.addUser();
    peers = await repeat(runs, () => runCheckEmailDelivery(rig, user, 0.1));
    const usual = await repeat(Math.min(3, runs), () => runCheckEmailDelivery(rig, user, 5));
    print(
      `  check_email_delivery  whole run, waits forced to 0: ${describeSample(peers.map((run) => run.wallMs))}; reports whole seconds: ${[...new Set(peers.map((run) => run.reportedSeconds))].join(', ')}`,
    );
    print(
      `    with its defaults   ${describeSample(usual.map((run) => run.wallMs))}; CPU per run ${median(peers.map((run) => run.cpuMs)).toFixed(0)} ms`,
    );
  } else print('  check_email_delivery  not installed (monitoring-plugins-contrib)');

  print('\nStart-up: process start to the first SMTP byte, ms');
  const user = await rig.addUser();
  const own = await repeat(runs, () => startUp(probeCommand(rig, user)));
  print(`  mailcanary probe      ${describeSample(own)}`);
  if (hasCheckEmailDelivery) {
    const peer = await repeat(runs, () =>
      startUp((port) => [
        '/usr/lib/nagios/plugins/check_smtp_send',
        ...['-H', '127.0.0.1', '--port', String(port), '--mailfrom', 'mon@example.test'],
        ...['--mailto', user.address, '--header', 'Subject: x'],
      ]),
    );
    print(`  check_smtp_send       ${describeSample(peer)}`);
    print(
      `\nRatios (medians): CPU per canary ${(median(peers.map((run) => run.cpuMs)) / looks.cpuMsPerCanary).toFixed(0)} : 1, start-up ${(median(peer) / median(own)).toFixed(2)} : 1 (peer : mailcanary)`,
    );
  }
}

async function sights(rig: MailRig): Promise<void> {
  print('\nThe same mail seen in four ways: final 250 to seen, ms; one mail a second');
  if (!hasMailexporter) {
    print('  mailexporter, which sends them, is not installed (prometheus-mailexporter)');
    return;
  }
  for (const [way, delaysMs] of await measureSideBySide(rig, Math.min(100, canaries))) {
    print(`  ${way.padEnd(32)} ${describeSample(delaysMs)}`);
  }
}

/** Longer where few canaries come: at one a minute each the figures are of two. */
function fleetOptions(probes: number): FleetOptions {
  const warmUpMs = probes < 1_000 ? 30_000 : 75_000;
  return { probes, warmUpMs, measureMs: probes < 10 ? 120_000 : 60_000 };
}

async function fleet(rig: MailRig): Promise<void> {
  print('\nFleet: one process, probes at one a minute; CPU of that process alone');
  for (const probes of values.probes.split(',').map(Number)) {
    print(describeFleet('mailcanary', await measureFleet(rig, fleetOptions(probes))));
    if (hasMailexporter) {
      print(describeFleet('mailexporter', await measureMailexporter(rig, fleetOptions(probes))));
    } else print('  mailexporter  not installed (prometheus-mailexporter)');
  }
}

async function outage(rig: MailRig): Promise<void> {
  print('\nOutage: 100 probes at one a minute, with 30,000 canaries missing from before');
  const times = { warmUpMs: 30_000, measureMs: 30_000 };
  const fleet = await measureFleet(rig, { probes: 100, missing: 30_000, ...times });
  print(describeFleet('mailcanary', fleet));
}

/** 1,000 probes at one in five minutes are 200 canaries a minute, more tickets than most helpdesks get. */
async function crowd(): Promise<void> {
  print(
    '\nCrowd: many probes into one inbox of the sandbox\u2019s Help Scout; CPU of the monitor alone',
  );
  const shared = { probes: 1_000, everyS: 300, minutes: Number(values.minutes), lagS: 5 };
  const limits = [60, 200];
  const crowds = limits.map((limit) => measureCrowd({ ...shared, limit, budget: limit }));
  for (const measured of crowds) print(describeCrowd(await measured));
}

async function withRig(): Promise<void> {
  const rig = await startMailRig();
  try {
    if (isWanted('latency')) await latency(rig);
    if (isWanted('sights')) await sights(rig);
    if (isWanted('fleet')) await fleet(rig);
    if (isWanted('outage')) await outage(rig);
  } finally {
    await rig.stop();
  }
}

const isWanted = (part: string): boolean => values.part.includes(part);
print(`Node ${process.version}, Postfix -> Dovecot on loopback, all in one run\n`);
if (isWanted('crowd')) await crowd();
if (['latency', 'sights', 'fleet', 'outage'].some(isWanted)) await withRig();

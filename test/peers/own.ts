import { createDaemonHome, imbalanceOf, sumOf, type DaemonHome } from '../support/daemon-home.ts';
import { samplesOf } from '../support/openmetrics.ts';
import { dropQuit, letter, MANY, until, type Fault, type Scene } from './scene.ts';

/** mailcanary, with a canary a second. */
export async function meetOurselves(fault: Fault, scene: Scene): Promise<string> {
  const home = await createDaemonHome(ownConfig(scene, '1s'));
  try {
    return await OWN[fault]({ ...scene, home });
  } finally {
    await home.remove();
  }
}

type OwnTools = Scene & { readonly home: DaemonHome };

function ownConfig({ rig, user, to, proxy }: Scene, every: string): string {
  return `
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${proxy.port}", from: a@example.org }
observers:
  mailbox: { type: imap, url: "imap://${user.user}@127.0.0.1:${rig.imapPort}", password: "${user.password}" }
probes:
  support: { sender: relay, to: ${to}, observer: mailbox, every: ${every}, late_after: 30s, suspect_after: 10s }
`;
}

const verdicts = 'mailcanary_verdicts_total';

async function verdictsOf(home: DaemonHome): Promise<string> {
  const metrics = await home.scrape();
  const of = (verdict: string): number =>
    samplesOf(metrics, verdicts)
      .filter(({ labels }) => labels.get('verdict') === verdict)
      .reduce((sum, { value }) => sum + value, 0);
  const accepted = sumOf(metrics, 'mailcanary_accepted_total');
  const launched = sumOf(metrics, 'mailcanary_launched_total');
  const books = imbalanceOf(metrics) ?? 'books balance';
  return `launched ${launched}, accepted ${accepted}: on time ${of('on_time')}, overdue ${of('overdue')}; ${books}`;
}

/** The daemon with a canary a second until so many have been launched, then until each has its verdict. */
async function launchMany(
  { home, ...scene }: OwnTools,
  during?: () => Promise<void>,
  atEnd?: () => Promise<string>,
): Promise<string> {
  const daemon = await home.start();
  await until(async () => sumOf(await home.scrape(), 'mailcanary_launched_total') >= MANY / 2);
  await during?.();
  await until(async () => sumOf(await home.scrape(), 'mailcanary_launched_total') >= MANY);
  await home.writeConfig(ownConfig(scene, '1d'));
  daemon.kill('SIGHUP');
  await until(async () => {
    const metrics = await home.scrape();
    return sumOf(metrics, verdicts) === sumOf(metrics, 'mailcanary_launched_total');
  });
  const told = await verdictsOf(home);
  const copies = sumOf(await home.scrape(), 'mailcanary_duplicates_total');
  const more = [
    ...(copies === 0 ? [] : [`duplicates ${copies}`]),
    ...(atEnd ? [await atEnd()] : []),
  ];
  daemon.kill('SIGTERM');
  await daemon.ended;
  return [told, ...more].join('; ');
}

const OWN: Readonly<Record<Fault, (tools: OwnTools) => Promise<string>>> = {
  quit: (tools) => launchMany(tools, () => dropQuit(tools)),
  duplicate: (tools) => launchMany(tools),
  loss: (tools) => launchMany(tools),
  async forged(tools) {
    const { home, rig, user } = tools;
    let before = 0;
    // Without those of the process: garbage collections of a kind are series as soon as there was one.
    const series = async (): Promise<number> =>
      [...(await home.scrape())]
        .filter(([name]) => name.startsWith('mailcanary_'))
        .reduce((sum, [, { samples }]) => sum + samples.length, 0);
    return launchMany(
      tools,
      async () => {
        before = await series();
        for (const subject of forgedSubjects()) await rig.deliver(user, letter(subject, 'nothing'));
      },
      async () => {
        const unmatched = sumOf(await home.scrape(), 'mailcanary_unmatched_total');
        return `${unmatched} unmatched; ${(await series()) - before} new series`;
      },
    );
  },
  async restart({ home, ...scene }) {
    const { rig } = scene;
    rig.defer();
    const first = await home.start();
    await until(async () => sumOf(await home.scrape(), 'mailcanary_accepted_total') >= MANY / 2);
    const accepted = sumOf(await home.scrape(), 'mailcanary_accepted_total');
    first.kill('SIGKILL');
    await first.ended;
    await home.writeConfig(ownConfig(scene, '1d'));
    const second = await home.start();
    await rig.release();
    await until(async () => {
      const metrics = await home.scrape();
      return sumOf(metrics, verdicts) === sumOf(metrics, 'mailcanary_launched_total');
    });
    const told = await verdictsOf(home);
    second.kill('SIGTERM');
    await second.ended;
    return `${accepted} under way at the kill; after it ${told}`;
  },
};

/** Of the right form, and signed by nobody. */
function forgedSubjects(): readonly string[] {
  return ['2', '3', '4', '5', '6'].map((digit) => `mailcanary mcas${digit.repeat(56)}`);
}

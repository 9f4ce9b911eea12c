import { setTimeout as sleep } from 'node:timers/promises';
import { startMailexporter, type Mailexporter } from './mailexporter.ts';
import { dropQuit, letter, MANY, until, type Fault, type Scene } from './scene.ts';

/** prometheus-mailexporter, with a mail each two seconds. */
export function meetMailexporter(fault: Fault, scene: Scene): Promise<string> {
  const { rig, user, to, proxy } = scene;
  const start = (): Promise<Mailexporter> =>
    startMailexporter(rig, {
      ...{ user, to, smtpPort: proxy.port, probes: 1, interval: '2s', timeout: '5s' },
    });
  return EXPORTER[fault]({ ...scene, start });
}

type ExporterTools = Scene & { readonly start: () => Promise<Mailexporter> };

const SENT = 'mail_send_durations_seconds_count';
const SEEN = 'mail_deliver_durations_seconds_count';

async function countsOf(exporter: Mailexporter): Promise<string> {
  const [sent, seen] = [await exporter.sumOf(SENT), await exporter.sumOf(SEEN)];
  return `sent ${sent}, saw ${seen}, failed to send ${await exporter.sumOf('mail_send_fails')}, mail_deliver_success ${await exporter.sumOf('mail_deliver_success')}, ${await exporter.sumOf('go_goroutines')} goroutines`;
}

/** Runs it until it has sent so many more, or sends no more. */
async function sendMore(exporter: Mailexporter, more: number): Promise<void> {
  const before = await exporter.sumOf(SENT);
  let [last, since] = [before, Date.now()];
  await until(async () => {
    const sent = await exporter.sumOf(SENT);
    if (sent > last) [last, since] = [sent, Date.now()];
    return sent >= before + more || Date.now() - since > 30_000;
  });
}

const EXPORTER: Readonly<Record<Fault, (tools: ExporterTools) => Promise<string>>> = {
  async quit({ start, ...scene }) {
    const exporter = await start();
    await exporter.whenServing();
    await sendMore(exporter, MANY / 4);
    const before = await countsOf(exporter);
    await dropQuit(scene);
    await sendMore(exporter, MANY / 2);
    const after = await countsOf(exporter);
    await exporter.kill();
    return `before ${before}; half a minute or ten mails later ${after}`;
  },
  async duplicate({ start }) {
    const exporter = await start();
    await exporter.whenServing();
    await sendMore(exporter, MANY / 2);
    const told = await countsOf(exporter);
    await exporter.kill();
    return told;
  },
  async forged({ start, rig, user }) {
    const exporter = await start();
    await exporter.whenServing();
    await sendMore(exporter, 3);
    const series = async (): Promise<number> =>
      (await exporter.metrics()).split('\n').filter((line) => /^mail_/.test(line)).length;
    const before = await series();
    for (let index = 0; index < 5; index += 1) {
      const payload = `${'a'.repeat(40)}-${Date.now()}000000-forged${index}`;
      await rig.deliver(user, letter('x', payload));
    }
    await sendMore(exporter, 3);
    const after = await series();
    const told = await countsOf(exporter);
    await exporter.kill();
    return `${told}; ${after - before} new series`;
  },
  async restart({ start, rig }) {
    rig.defer();
    const first = await start();
    await first.whenServing();
    await sendMore(first, MANY / 2);
    const sent = await first.sumOf(SENT);
    await first.kill();
    const second = await start();
    await second.whenServing();
    await rig.release();
    await sendMore(second, MANY / 4);
    const told = `${await countsOf(second)}, late ${await second.sumOf('mail_late_mails')}`;
    await second.kill();
    return `${sent} under way at the kill; after it ${told}`;
  },
  async loss({ start }) {
    const exporter = await start();
    await exporter.whenServing();
    let [looks, good] = [0, 0];
    const watching = { over: false };
    const watch = (async () => {
      while (!watching.over) {
        looks += 1;
        good += await exporter.sumOf('mail_deliver_success');
        await sleep(500);
      }
    })();
    await sendMore(exporter, MANY);
    watching.over = true;
    await watch;
    const told = await countsOf(exporter);
    await exporter.kill();
    return `${told}; success 1 in ${good} of ${looks} looks, no count of what was lost`;
  },
};

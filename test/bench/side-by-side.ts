import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';
import type { Observer } from '../../src/observers/observer.ts';
import { lookFrom } from '../contracts/observer/looks.ts';
import { testCanary } from '../contracts/observer/mails.ts';
import { imapObserver } from '../observers/imap/bench.ts';
import { maildirObserver } from '../observers/maildir/bench.ts';
import { startMailexporter, type Mailexporter } from '../peers/mailexporter.ts';
import type { MailRig, RigUser } from '../support/rig/mail-rig.ts';
import { makeMaildir } from '../support/rig/maildir.ts';
import { sendPlain } from './plain-send.ts';

/** As the engine looks while a canary is due. */
const PAUSE_MS = 10;
const SEEN = 'mail_deliver_durations_seconds_count';

/**
 * Way to detection delays. mailexporter sees only what it has sent, so it sends the mails; on their
 * way to Postfix each one gets the header of a canary, and all see the same file in the same Maildir.
 */
export async function measureSideBySide(
  rig: MailRig,
  count: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const user = await rig.addUser();
  const path = await makeMaildir(rig, user);
  const passed: Passed[] = [];
  const relay = await startRelay(rig, user, passed);
  const watchers = [
    watch('imap, a look each 10 ms', imapObserver(user, { port: rig.imapPort }), 'looks'),
    watch('maildir, a look each 10 ms', maildirObserver(path), 'looks'),
    watch('maildir, inotify alone', maildirObserver(path), 'news'),
  ];
  const exporter = await startMailexporter(rig, {
    ...{ user, smtpPort: relay.port, probes: 1, interval: '1s', timeout: '30s' },
    readOnly: true,
  });
  try {
    await exporter.whenServing();
    const exporterMs = await readDelays(exporter, passed, count);
    while (watchers.some(({ seenAt }) => seenAt.size < count)) await sleep(PAUSE_MS);
    const delays = watchers.map(({ way, seenAt }) => {
      const known = passed.filter(({ id }) => seenAt.has(id)).slice(0, count);
      return [way, known.map(({ id, at }) => (seenAt.get(id) ?? Number.NaN) - at)] as const;
    });
    return new Map<string, readonly number[]>([...delays, ['mailexporter (inotify)', exporterMs]]);
  } finally {
    await exporter.kill();
    for (const { stop } of watchers) await stop();
    relay.stop();
  }
}

/** A mail on its way. */
interface Passed {
  /** Of the canary that it is to us. */
  readonly id: string;
  /** When mailexporter began with it, by what it writes into it: epoch milliseconds. */
  readonly begunAt: number;
  /** Postfix' final 250, on the clock of `performance.now()`. */
  readonly at: number;
}

/** Takes mail, makes a canary of it and hands it on; notes when Postfix took each. */
async function startRelay(
  rig: MailRig,
  user: RigUser,
  passed: Passed[],
): Promise<{ readonly port: number; stop(): void }> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      const { token } = testCanary();
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        const text = Buffer.concat(chunks).toString();
        const mail = `X-Mailcanary-Token: ${token.token}\r\n${text}`;
        const at = await sendPlain(rig.smtpPort, user.address, mail);
        const nanoseconds = /-(\d{19})-probe/.exec(text)?.[1];
        passed.push({ id: token.id, begunAt: Number(nanoseconds) / 1e6, at });
        done();
      })();
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return { port: (server.server.address() as AddressInfo).port, stop: () => server.close() };
}

interface Watcher {
  readonly way: string;
  /** Id of a canary to the end of the look that saw it. */
  readonly seenAt: ReadonlyMap<string, number>;
  readonly stop: () => Promise<void>;
}

function watch(way: string, observer: Observer, by: 'looks' | 'news'): Watcher {
  const seenAt = new Map<string, number>();
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    let cursor: unknown;
    while (!stopping.signal.aborted) {
      const look = await lookFrom(observer, cursor);
      const at = performance.now();
      cursor = look.cursor;
      for (const { token } of look.observations) seenAt.set(token.id, at);
      if (by === 'news') await observer.news(stopping.signal);
      else await sleep(PAUSE_MS);
    }
  };
  const ended = run();
  return {
    way,
    seenAt,
    async stop() {
      stopping.abort();
      await ended;
      await observer.close();
    },
  };
}

/** It tells how long after its beginning it saw the last mail; they are a second apart. */
async function readDelays(
  exporter: Mailexporter,
  passed: readonly Passed[],
  count: number,
): Promise<readonly number[]> {
  const delays: number[] = [];
  let seen = 0;
  while (delays.length < count) {
    await sleep(100);
    const now = await exporter.sumOf(SEEN);
    const mail = passed[now - 1];
    if (now === seen + 1 && mail !== undefined) {
      const seconds = await exporter.sumOf('mail_last_deliver_duration_seconds');
      delays.push(mail.begunAt + seconds * 1_000 - (performance.timeOrigin + mail.at));
    }
    seen = now;
  }
  return delays;
}

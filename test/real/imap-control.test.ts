import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { createSystemRandom } from '../../src/base/system.ts';
import { createMarker, MARKER_HEADER, type Marker } from '../../src/domain/marker.ts';
import type { ControlReport } from '../../src/engine/positive-control.ts';
import { startWatch, type LookReport } from '../../src/engine/watch.ts';
import { openLedger } from '../../src/ledger/open.ts';
import type { Observer } from '../../src/observers/observer.ts';
import { contractClock as clock, idsOf } from '../contracts/observer/looks.ts';
import { foreignMail, testCanary } from '../contracts/observer/mails.ts';
import { openImapObserver } from '../observers/imap/bench.ts';
import { startMailRig, type MailRig, type RigUser } from '../support/rig/mail-rig.ts';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { TEST_KEYS } from '../support/test-launch.ts';

const EVERY_MS = 500;
const TIMEOUT_MS = 2_000;
/** A control falls due, a look is made, and what each of two connections is asked has its timeout twice. */
const PROMISED_MS = 2 * EVERY_MS + 4 * TIMEOUT_MS;
/** And what a machine may take that has other suites to run: far less than without any control, which is for ever. */
const BUSY_MS = 20_000;
const BOUND_MS = PROMISED_MS + BUSY_MS;

describe('the positive control of an imap observer', () => {
  let rig: MailRig;
  let user: RigUser;
  beforeAll(async () => {
    rig = await startMailRig({
      dovecot:
        'mail_plugins = acl\nprotocol imap {\n  mail_plugins = acl imap_acl\n}\nplugin {\n  acl = vfile\n}',
    });
  });
  afterAll(() => rig.stop());
  beforeEach(async () => {
    user = await rig.addUser();
  });

  const doveadm = (command: string, ...args: readonly string[]): Promise<string> =>
    rig.doveadm([...command.split(' '), '-u', user.user, ...args]);

  async function proxied(): Promise<TcpProxy> {
    const proxy = await startProxy({ target: { port: rig.imapPort } });
    onTestFinished(() => proxy.stop());
    return proxy;
  }

  /** Watches with a short interval; what it reports can be waited for. */
  async function watched(keys: Record<string, unknown> = {}, port = rig.imapPort) {
    const observer = openImapObserver(user, {
      port,
      ...(port === rig.imapPort ? {} : { timeoutMs: TIMEOUT_MS }),
      keys: { positive_control_every: `${EVERY_MS}ms`, ...keys },
    });
    const scene = await watchOf(observer);
    await scene.when(() => scene.looks.length > 0);
    return { observer, ...scene };
  }

  const isPassed = ({ result }: ControlReport): boolean => result === 'passed';
  const isFailed = ({ result }: ControlReport): boolean => result === 'failed';

  test('what another connection finds is seen: it passes, again and again, and changes nothing', async () => {
    await rig.deliver(user, foreignMail());
    await rig.deliver(user, foreignMail(), 'Junk');
    const before = await doveadm('fetch', 'mailbox uid flags', 'all');
    const { controls, looks, when } = await watched();

    await when(() => controls.length >= 2);

    expect(controls.every(isPassed)).toBe(true);
    expect(controls.every(({ requests }) => requests > 0)).toBe(true);
    expect(looks.every((report) => report.type === 'looked' && report.look.complete)).toBe(true);
    expect(await doveadm('fetch', 'mailbox uid flags', 'all')).toBe(before);
  });

  test('mail that came and went between two looks is no failure', async () => {
    const { controls, when } = await watched();
    await rig.deliver(user, foreignMail());
    await doveadm('expunge', 'mailbox', 'INBOX', 'all');

    await when(() => controls.length >= 2);

    expect(controls.every(isPassed)).toBe(true);
  });

  test('a line that says OK and no more tells of no mail: replaced within the bound, and the canary is seen', async () => {
    const proxy = await proxied();
    const { controls, looks, when } = await watched({}, proxy.port);
    const canary = testCanary();
    proxy.setRules({
      ...{ on: 'server-line', match: /^\* \d+ (?:EXISTS|RECENT)/, connection: 1 },
      ...{ do: 'drop', times: Infinity },
    });
    const since = clock.now();
    await rig.deliver(user, canary.message);

    await when(() => looks.some(sees(canary.token.id)));

    expect(clock.now() - since).toBeLessThan(BOUND_MS);
    expect(controls.filter(isFailed)).toMatchObject([
      { isBlind: false, error: { reason: 'bad-reply' } },
    ]);
    await when(() => controls.at(-1)?.result === 'passed');
  });

  test('half open, also for new connections: blind within the bound, and well again with the line', async () => {
    const proxy = await proxied();
    const { controls, when, horizon } = await watched({}, proxy.port);
    const since = clock.now();
    proxy.setRules({ on: 'client-line', match: /NOOP|LOGIN|AUTH|CAPA/, do: 'stall', times: 100 });

    await when(() => controls.some(({ isBlind }) => isBlind));
    const blindAfterMs = clock.now() - since;
    const stoodAt = horizon();
    proxy.setRules();
    await when(() => controls.at(-1)?.result === 'passed' && horizon() !== stoodAt);

    expect(blindAfterMs).toBeLessThan(BOUND_MS);
    expect(controls.find(({ isBlind }) => isBlind)?.error).toMatchObject({ reason: 'timeout' });
  });

  test('a folder renamed under the watch: the new one of its name is found, and the canary in it', async () => {
    await doveadm('mailbox create', 'Sorted');
    const { controls, looks, when } = await watched({ folders: { Sorted: 'inbox' } });
    const canary = testCanary();
    await doveadm('mailbox rename', 'Sorted', 'Elsewhere');
    await doveadm('mailbox create', 'Sorted');
    await rig.deliver(user, canary.message, 'Sorted');
    const since = clock.now();

    await when(() => looks.some(sees(canary.token.id)) && controls.at(-1)?.result === 'passed');

    expect(clock.now() - since).toBeLessThan(BOUND_MS);
    expect(controls.every(({ isBlind }) => !isBlind)).toBe(true);
  });

  test('a folder that is gone, and a right that was revoked: blind for its reason, never lost', async () => {
    await doveadm('mailbox create', 'Sorted');
    const { controls, when, horizon } = await watched({ folders: { Sorted: 'inbox' } });
    const since = clock.now();
    await doveadm('acl set', 'Sorted', 'owner', 'lookup');

    await when(() => controls.some(({ isBlind }) => isBlind));
    const blindAfterMs = clock.now() - since;
    const stoodAt = horizon();
    const last = controls.at(-1);
    await doveadm('acl set', 'Sorted', 'owner', 'lookup', 'read', 'write', 'insert');
    await when(() => controls.at(-1)?.result === 'passed' && horizon() !== stoodAt);

    expect(blindAfterMs).toBeLessThan(BOUND_MS);
    expect(['refused', 'config']).toContain(last?.error?.reason);
  });

  test('check tells rights that were revoked, also in a folder whose name is not ASCII', async () => {
    for (const folder of ['Sorted', 'Entwürfe']) await doveadm('mailbox create', folder);
    await doveadm('acl set', 'Sorted', 'owner', 'lookup', 'read', 'write', 'insert');
    await doveadm('acl set', 'Entwürfe', 'owner', 'lookup');
    const folders = { Sorted: 'inbox', Entwürfe: 'spam' };
    const observer = openImapObserver(user, { port: rig.imapPort, keys: { folders } });

    const { facts } = await observer.check(new AbortController().signal);

    expect(facts.read.text).toBe('by ACL, may not be read: Entwürfe');
    expect(facts.tidy.text).toBe(
      'copies are kept; by ACL, delete: lacks Sorted te, Entwürfe rte; close: there is no folder for closed mail',
    );
  });

  test('append: the marker is put, seen and taken away; it is no canary, and foreign mail stays as it is', async () => {
    await rig.deliver(user, foreignMail());
    await doveadm('flags add', '\\Deleted', 'mailbox', 'INBOX', 'uid', '1');
    const { controls, looks, when } = await watched({ positive_control: 'append' });

    await when(() => controls.length >= 2);

    expect(controls.every(isPassed)).toBe(true);
    expect(looks.flatMap((report) => (report.type === 'looked' ? idsOf(report.look) : []))).toEqual(
      [],
    );
    expect(looks.every((report) => report.type !== 'looked' || noMismatch(report))).toBe(true);
    // The next marker may lie there by now.
    const [own, ...markers] = await inbox();
    expect([own, markers.length <= 1]).toEqual(['uid: 1', true]);
    expect(await doveadm('fetch', 'flags', 'mailbox', 'INBOX', 'uid', '1')).toContain('\\Deleted');
  });

  test('append: what an earlier monitor left behind is swept, younger ones, forged ones and others are not', async () => {
    const now = clock.now();
    const tools = { keys: TEST_KEYS, random: createSystemRandom() };
    const old = createMarker({ ...tools, now: now - 2 * 3_600_000 });
    const young = createMarker({ ...tools, now: now - 60_000 });
    const forged = { ...old, word: `${old.word.slice(0, -3)}aaa` };
    for (const marker of [old, young, forged]) await rig.deliver(user, markerMail(marker));
    await rig.deliver(user, foreignMail());
    const { controls, when } = await watched({ positive_control: 'append' });

    await when(() => controls.length >= 1);

    expect(controls.every(isPassed)).toBe(true);
    expect((await inbox()).slice(0, 3)).toEqual(['uid: 2', 'uid: 3', 'uid: 4']);
  });

  async function inbox(): Promise<readonly string[]> {
    const text = await doveadm('fetch', 'uid', 'mailbox', 'INBOX');
    return text.split('\n').filter((line) => line.startsWith('uid: '));
  }
});

function markerMail({ word }: Marker): string {
  return `From: a@b.test\nSubject: a marker\n${MARKER_HEADER}: ${word}\n\ntext\n`;
}

function noMismatch(report: Extract<LookReport, { type: 'looked' }>): boolean {
  return Object.keys(report.look.mismatches).length === 0;
}

const sees =
  (id: string) =>
  (report: LookReport): boolean =>
    report.type === 'looked' && idsOf(report.look).includes(id);

async function watchOf(observer: Observer) {
  const ledger = await openLedger({ url: 'sqlite::memory:' }, { clock, logger: silentLogger });
  const controls: ControlReport[] = [];
  const looks: LookReport[] = [];
  const waiting = new Set<() => void>();
  const told =
    <T>(list: T[]) =>
    (report: T): void => {
      list.push(report);
      for (const check of waiting) check();
    };
  const watch = startWatch({
    ...{ clock, ledger, observer, logger: silentLogger, random: createSystemRandom() },
    lookIntervalOf: () => 200,
    onControl: told(controls),
    onLook: told(looks),
  });
  onTestFinished(async () => {
    await watch.stop();
    await ledger.close();
  });
  return {
    ...{ controls, looks },
    horizon: () => ledger.observerState(observer.name)?.horizon,
    /** Resolves when it is so; asked at each report. */
    when: (isSo: () => boolean | Promise<boolean>): Promise<void> =>
      new Promise((resolve) => {
        const check = async (): Promise<void> => {
          if (!(await isSo())) return;
          waiting.delete(listen);
          resolve();
        };
        const listen = (): void => void check();
        waiting.add(listen);
        listen();
      }),
  };
}

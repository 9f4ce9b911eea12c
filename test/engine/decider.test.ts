import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { createSystemRandom } from '../../src/base/system.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { createCore, type Core } from '../../src/core.ts';
import { outcomeOf, type Canary } from '../../src/domain/canary.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { createLedger } from '../../src/ledger/durable.ts';
import type { Sender } from '../../src/senders/sender.ts';
import { createMemoryStore, type MemoryStore } from '../../src/simulation/memory-store.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createShelf, type Shelf } from '../support/shelf.ts';
import { TEST_KEYS, testLaunch } from '../support/test-launch.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

interface Wish {
  /** YAML. */
  readonly observer?: string;
  /** Into which mailbox `helpdesk` looks. */
  readonly url?: string;
  /** More keys of `helpdesk`. */
  readonly keys?: string;
}

function configOf({ observer = 'helpdesk', url = 'imap://canary@127.0.0.1', keys }: Wish): Config {
  const text = `
token_keys: ["a key for tests, of good length"]
senders: { relay: { type: smtp, url: "smtp://127.0.0.1:25", from: canary@example.org } }
observers:
  mailbox: { type: imap, url: "imap://front@127.0.0.1", password: c }
  helpdesk: { type: imap, url: "${url}", ${keys ?? 'password: c'} }
  other: { type: imap, url: "imap://other@127.0.0.1", password: c }
probes: { support: { sender: relay, to: support@example.org, observer: ${observer}, every: 60s } }
`;

  return parseConfig(text, { path: 'test.yaml', env: () => undefined, readFile: noFiles });
}

function noFiles(): never {
  throw new Error('no files');
}

let clock: FakeClock;
let store: MemoryStore;
let core: Core;
let end: () => Promise<void>;
let config: Config;
let shelves: Record<'mailbox' | 'helpdesk' | 'other', Shelf>;
/** In which of the observers mail shows up at once; undefined: nowhere. */
let arrivesAt: keyof typeof shelves | undefined;
beforeEach(() => {
  clock = createFakeClock(undefined, 3);
  store = createMemoryStore();
  arrivesAt = undefined;
  end = () => Promise.resolve();
});
afterEach(() => end());

/** The program, started on what the ledger holds. */
async function start(wish: Wish = {}): Promise<void> {
  config = configOf(wish);
  const { tokenKeys } = config;
  shelves = {
    mailbox: createShelf('mailbox', clock, tokenKeys),
    helpdesk: createShelf('helpdesk', clock, tokenKeys),
    other: createShelf('other', clock, tokenKeys),
  };
  const observers = new Map(
    Object.entries(shelves).map(([name, { observer }]) => [name, observer]),
  );
  core = await createCore(config, {
    clock,
    random: createSystemRandom(),
    logger: silentLogger,
    registry: new Registry(),
    build: { version: '', revision: '', node: '' },
    adapters: {
      senders: new Map([['relay', createRelay()]]),
      observers,
      close: () => Promise.resolve(),
    },
    openLedger: (own) => createLedger(store, own),
    readTotals: () => Promise.resolve(store.totals()),
    loadConfig: () => Promise.resolve(config),
  });
  end = () => core.stop();
  core.daemon.start();
}

/** Takes every mail. */
function createRelay(): Sender {
  return {
    name: 'relay',
    type: 'smtp',
    send({ id }) {
      const canary = [...store.canaries()].find(({ launch }) => launch.id === id);
      if (canary !== undefined && arrivesAt !== undefined) shelves[arrivesAt].show(canary);
      const at = { low: clock.now(), high: clock.now() };
      const acceptance = { at, queueId: null, serverMessageId: null };
      return Promise.resolve({ type: 'accepted', acceptance, timings: {} });
    },
    check: () => Promise.reject(new Error('not asked for here')),
    close: () => Promise.resolve(),
  };
}

async function restart(wish: Wish): Promise<void> {
  await core.stop();
  await start(wish);
}

async function reload(wish: Wish): Promise<void> {
  config = configOf(wish);
  await core.daemon.reload();
}

async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 20 * SECOND) await clock.advance(20 * SECOND);
}

/** What the monitor has said of the canaries launched before an instant. */
function said(until: number) {
  const own = [...store.canaries()].filter(({ launch }) => launch.launchedAt < until);
  const each = <T>(tell: (canary: Canary) => T): readonly T[] => [...new Set(own.map(tell))];
  return {
    count: own.length,
    verdicts: each(({ settlement }) => settlement?.verdict),
    outcomes: each(outcomeOf),
  };
}

const status = () => core.daemon.probes()[0]!;

describe.each<[string, Wish, (wish: Wish) => Promise<void>]>([
  ['another observer by a reload', { observer: 'other' }, reload],
  ['another observer by a restart', { observer: 'other' }, restart],
  ['another one at the end of its chain', { observer: '[helpdesk, other]' }, reload],
  ['another mailbox under the same name', { url: 'imap://new@127.0.0.1' }, restart],
  ['the same name on another server', { url: 'imap://canary@localhost' }, restart],
])('a probe that gets %s', (_name, wish, change) => {
  it('says nothing of what was on its way to the old one: void and blind, and never late or lost', async () => {
    await start();
    await pass(5 * MINUTE);
    const changedAt = clock.now();
    arrivesAt = wish.observer === undefined ? 'helpdesk' : 'other';

    await change(wish);
    await pass(MINUTE);
    const soon = status();
    await pass(15 * MINUTE);

    expect(soon).toMatchObject({ headWaiting: 0, stragglers: 0, overdue: 0 });
    expect(said(changedAt)).toEqual({ count: 5, verdicts: ['void'], outcomes: ['blind'] });
    expect(status()).toMatchObject({ headWaiting: 0, stragglers: 0, overdue: 0 });
    const later = said(clock.now() - MINUTE);
    expect(later.count).toBeGreaterThan(15);
    expect(later.verdicts.filter((verdict) => verdict !== 'void')).toEqual(['on_time']);
  });
});

interface Change {
  readonly before: Wish;
  readonly after: Wish;
  readonly change: (wish: Wish) => Promise<void>;
}

const CHAINED = { observer: '[mailbox, helpdesk]' };

describe.each<[string, Change]>([
  ['an observer in front', { before: {}, after: CHAINED, change: reload }],
  ['none in front any more', { before: CHAINED, after: {}, change: restart }],
  [
    'another password and a shorter patience',
    { before: {}, after: { keys: 'password: d, timeout: 9s' }, change: restart },
  ],
])('a probe that gets %s', (_name, { before, after, change }) => {
  it('is watched as before: what is missing is overdue', async () => {
    await start(before);
    await pass(5 * MINUTE);
    const changedAt = clock.now();
    arrivesAt = 'helpdesk';

    await change(after);
    await pass(15 * MINUTE);

    expect(said(changedAt)).toEqual({ count: 5, verdicts: ['overdue'], outcomes: ['in_flight'] });
    expect(status()).toMatchObject({ stragglers: 5, overdue: 5 });
  });
});

/** What runs for one probe by hand: all that is open is judged, and nobody knows how probes are configured. */
async function runAt(site: string, ms: number): Promise<Shelf> {
  const ledger = await createLedger(store, { clock, logger: silentLogger });
  const shelf = createShelf('helpdesk', clock);
  const engine = createEngine({
    ...{ clock, ledger, logger: silentLogger, random: createSystemRandom(), keys: TEST_KEYS },
    senders: new Map(),
    observers: new Map([['helpdesk', shelf.observer]]),
    sites: new Map([['helpdesk', site]]),
  });
  await engine.start();
  await pass(ms);
  await engine.stop();
  await ledger.close();
  return shelf;
}

it('looks into another place begin anew, and prove nothing of the first, also after it is looked into again', async () => {
  const ledger = await createLedger(store, { clock, logger: silentLogger });
  const launch = testLaunch({ launchedAt: clock.now(), route: { site: 'old' } });
  const at = { low: clock.now(), high: clock.now() };
  const acceptance = { at, queueId: null, serverMessageId: null };
  await ledger.launch(launch);
  await ledger.append([{ id: launch.id, fact: { type: 'accepted', acceptance } }]);
  await ledger.close();
  const settlement = async () => (await store.findCanary(launch.id))?.settlement;

  const first = await runAt('old', MINUTE);
  const second = await runAt('new', 15 * MINUTE);
  const proven = await settlement();
  const third = await runAt('old', MINUTE);

  expect([first, second, third].map(({ asked }) => asked[0]?.cursor)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(second.asked[1]?.cursor).toBe(1);
  expect(proven).toBeNull();
  expect(await settlement()).toMatchObject({ verdict: 'overdue' });
});

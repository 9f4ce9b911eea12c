import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../src/base/logger.ts';
import { createSystemClock, createSystemRandom } from '../src/base/system.ts';
import { parseConfig } from '../src/config/load.ts';
import type { Config } from '../src/config/schema.ts';
import { createCore, type Core } from '../src/core.ts';
import { createLedger } from '../src/ledger/durable.ts';
import { createMemoryStore } from '../src/simulation/memory-store.ts';

/** One probe of each name; nothing is sent and nobody looks. */
function configOf(probes: readonly string[]): Config {
  const text = `
token_keys: ["a key for tests, of good length"]
senders: { relay: { type: smtp, url: "smtp://127.0.0.1:25", from: canary@example.org } }
observers: { helpdesk: { type: imap, url: "imap://canary@127.0.0.1", password: c } }
probes:
${probes.map((name) => `  ${name}: { sender: relay, to: ${name}@example.org, observer: helpdesk }`).join('\n')}
`;
  return parseConfig(text, {
    path: 'test.yaml',
    env: () => undefined,
    readFile: () => {
      throw new Error('no files');
    },
  });
}

const full = new Error('database or disk is full');
let core: Core;
let load: () => Promise<Config>;
let isFull: boolean;
beforeEach(async () => {
  isFull = false;
  const store = createMemoryStore();
  const failing: typeof store = {
    ...store,
    write: (body) => (isFull ? Promise.reject(full) : store.write(body)),
    faultOf: (error) => (error === full ? 'the disk is full' : undefined),
  };
  core = await createCore(configOf(['support']), {
    clock: createSystemClock(),
    random: createSystemRandom(),
    logger: silentLogger,
    registry: new Registry(),
    build: { version: '', revision: '', node: '' },
    adapters: { senders: new Map(), observers: new Map(), close: () => Promise.resolve() },
    openLedger: (own) => createLedger(failing, own),
    readTotals: () => Promise.resolve(store.totals()),
    loadConfig: () => load(),
  });
});
afterEach(() => core.stop());

const probes = (): readonly string[] => core.daemon.probes().map(({ route }) => route.probe);

async function wasSuccessful(): Promise<boolean> {
  const { chunks } = await core.metrics.scrape();
  const text = Buffer.concat(chunks).toString();
  return text.includes('mailcanary_config_last_reload_successful 1\n');
}

describe('a reload', () => {
  it('is as one of a bad file while the ledger cannot be written: nothing is taken over', async () => {
    load = () => Promise.resolve(configOf(['sales']));
    isFull = true;

    const result = await core.daemon.reload();

    expect(result).toEqual({
      ok: false,
      problems: 'the ledger memory cannot be written: the disk is full',
    });
    expect(probes()).toEqual(['support']);
    expect(await wasSuccessful()).toBe(false);

    isFull = false;
    await core.daemon.reload();

    expect(probes()).toEqual(['sales']);
    expect(await wasSuccessful()).toBe(true);
  });

  it('waits for the one before: the later one has the last word', async () => {
    let answer: (config: Config) => void = () => undefined;
    const first = new Promise<Config>((resolve) => (answer = resolve));
    const loads = [first, Promise.resolve(configOf(['support']))];
    load = () => loads.shift() ?? Promise.reject(new Error('asked too often'));

    const reloads = [core.daemon.reload(), core.daemon.reload()];
    await new Promise((done) => setImmediate(done));
    answer(configOf(['support', 'sales']));
    await Promise.all(reloads);

    expect(probes()).toEqual(['support']);
  });
});

describe('a pause', () => {
  it('that is prolonged goes on since it began: deadlines lie in it', async () => {
    const first = await core.daemon.pause('support', { forMs: 60_000, reason: 'upgrade' });

    const second = await core.daemon.pause('support', { forMs: 3_600_000, reason: 'still' });

    expect(second).toMatchObject({ since: first.since, reason: 'still' });
    expect(second.until).toBeGreaterThanOrEqual(first.since + 3_600_000);
  });

  it('after one that has ended is another', async () => {
    const first = await core.daemon.pause('support', { forMs: 60_000, reason: 'upgrade' });
    await core.daemon.resume('support');

    const second = await core.daemon.pause('support', { forMs: 60_000, reason: 'again' });

    expect(second.since).toBeGreaterThan(first.since);
  });
});

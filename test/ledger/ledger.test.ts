import { describe, expect, it } from 'vitest';
import { silentLogger, type Logger } from '../../src/base/logger.ts';
import type { Fact } from '../../src/domain/canary.ts';
import type { LedgerEvent } from '../../src/domain/events.ts';
import { createSystemClock } from '../../src/base/system.ts';
import { createLedger } from '../../src/ledger/durable.ts';
import { openSqlStore } from '../../src/ledger/sql/open-sql.ts';
import { interruptedLaunches, isOpen } from '../../src/ledger/open-canaries.ts';
import { POSTGRES } from '../support/test-ledger.ts';
import {
  accepted,
  atEnd,
  createBench,
  draft,
  idOf,
  refused,
  settled,
  sighted,
  START,
} from './support.ts';

const doubted: Fact = {
  type: 'doubted',
  doubt: { at: { low: START, high: START + 9 }, reason: 'unreachable', detail: 'lost' },
};

describe('launch', () => {
  it('numbers canaries, and others can read them as soon as it resolves', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const view = await bench.view();

    const first = await ledger.launch(draft(1));
    const seen = await view.findCanary(idOf(first));
    const second = await ledger.launch(draft(2));

    expect(seen).toEqual(first);
    expect([first.launch.sequence, second.launch.sequence]).toEqual([1, 2]);
  });

  it('refuses a tick that is taken, and goes on without a gap', async () => {
    const ledger = await (await createBench()).open();
    await ledger.launch(draft(1));
    const rival = { ...draft(2), scheduledAt: draft(1).scheduledAt };

    const [refusal, third] = await Promise.allSettled([
      ledger.launch(rival),
      ledger.launch(draft(3)),
    ]);

    expect(refusal).toMatchObject({ reason: { reason: 'ledger', retryable: false } });
    expect(third).toMatchObject({ value: { launch: { sequence: 2 } } });
    expect(ledger.isWritable()).toBe(true);
  });

  it('takes no instant that JSON cannot hold', async () => {
    const ledger = await (await createBench()).open();

    const launching = ledger.launch({ ...draft(1), launchedAt: Number.NaN });

    await expect(launching).rejects.toThrow();
    expect(ledger.open()).toEqual([]);
  });
});

describe('append', () => {
  it('makes no event of a fact that is known, or about nobody', async () => {
    const ledger = await (await createBench()).open();
    const { id } = (await ledger.launch(draft(1))).launch;

    const first = await ledger.append([
      { id, fact: accepted() },
      { id, fact: accepted() },
    ]);
    const second = await ledger.append([
      { id, fact: accepted(90) },
      { id: 'nobody', fact: accepted() },
    ]);

    expect(first).toHaveLength(1);
    expect(second).toEqual([]);
  });

  it.each<[string, Fact, Fact]>([
    ['settled', settled('on_time', 2_000), settled('overdue', 1_000)],
    ['suspected', { type: 'suspected', at: START + 9 }, { type: 'suspected', at: START }],
    ['written_off', { type: 'written_off', at: START + 9 }, { type: 'written_off', at: START }],
    ['forgotten', { type: 'forgotten', at: START + 9 }, { type: 'forgotten', at: START }],
  ])('lets the first judgement stand: %s', async (_name, first, second) => {
    const ledger = await (await createBench()).open();
    const { id } = (await ledger.launch(draft(1))).launch;
    await ledger.append([{ id, fact: first }]);
    const before = await ledger.find(id);

    const events = await ledger.append([{ id, fact: second }]);

    expect(events).toEqual([]);
    expect(await ledger.find(id)).toEqual(before);
  });

  it('rejects a fact that is none, and writes the others of its moment', async () => {
    const ledger = await (await createBench()).open();
    const { id } = (await ledger.launch(draft(1))).launch;
    const broken = accepted(Number.POSITIVE_INFINITY);

    const [bad, good] = await Promise.allSettled([
      ledger.append([{ id, fact: broken }]),
      ledger.append([{ id, fact: sighted() }]),
    ]);

    expect(bad.status).toBe('rejected');
    expect(good).toMatchObject({ status: 'fulfilled', value: [{ position: 2 }] });
  });

  it('has nothing to do with nothing', async () => {
    const ledger = await (await createBench()).open();

    expect(await ledger.append([])).toEqual([]);
  });
});

describe('open', () => {
  it.each<[string, boolean, Fact[]]>([
    ['unanswered', true, []],
    ['missing', true, [accepted()]],
    ['unsent', false, [refused()]],
    ['unsent, but it came', true, [refused(), sighted()]],
    ['in doubt', true, [doubted]],
    ['in doubt and forgotten', false, [doubted, { type: 'forgotten', at: START }]],
    ['arrived, without a verdict', true, [accepted(), sighted()]],
    ['arrived and settled', false, [accepted(), sighted(), settled()]],
    ['overdue, still missing', true, [accepted(), settled('overdue')]],
    ['overdue and forgotten', false, [accepted(), settled(), { type: 'forgotten', at: START }]],
    ['forgotten, then it came', true, [doubted, { type: 'forgotten', at: START }, sighted()]],
  ])('%s: %s', async (_name, expected, facts) => {
    const bench = await createBench();
    const ledger = await bench.open();
    const { id } = (await ledger.launch(draft(1))).launch;
    await ledger.append(facts.map((fact) => ({ id, fact })));
    const canary = await ledger.find(id);

    const open = ledger.open();
    await ledger.close();
    const reopened = (await bench.open()).open();

    expect(canary === undefined ? undefined : isOpen(canary)).toBe(expected);
    expect(open).toEqual(expected ? [canary] : []);
    expect(reopened).toEqual(open);
  });

  it('answers oldest launch first, and which launches were interrupted', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    for (const number of [3, 1, 2]) await ledger.launch(draft(number));
    await ledger.append([{ id: draft(2).id, fact: accepted() }]);
    await ledger.close();

    const open = (await bench.open()).open();

    expect(open.map(idOf)).toEqual([1, 2, 3].map((number) => draft(number).id));
    expect(interruptedLaunches(open).map(idOf)).toEqual([draft(1).id, draft(3).id]);
  });
});

describe('subscribe', () => {
  it('hears each event once, after its commit, in order, without gaps', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const heard: LedgerEvent[] = [];
    const openWhenHeard: number[] = [];
    ledger.subscribe((event) => {
      heard.push(event);
      openWhenHeard.push(ledger.open().length);
    });

    await Promise.all(Array.from({ length: 200 }, (_, index) => ledger.launch(draft(index + 1))));
    await Promise.all(ledger.open().map((c) => ledger.append([{ id: idOf(c), fact: accepted() }])));

    expect(heard.map((event) => event.position)).toEqual(heard.map((_, index) => index + 1));
    expect(heard).toHaveLength(400);
    expect(openWhenHeard[0]).toBeGreaterThan(1);
  });

  it('goes on past a listener that throws, and forgets one that left', async () => {
    const errors: string[] = [];
    const logger: Logger = { ...silentLogger, error: (_fields, text) => errors.push(text) };
    const ledger = await (await createBench()).open({ logger });
    const heard: string[] = [];
    const leave = ledger.subscribe(() => heard.push('leaver'));
    ledger.subscribe(() => {
      throw new Error('bug');
    });
    ledger.subscribe((event) => heard.push(event.fact.type));

    await ledger.launch(draft(1));
    leave();
    await ledger.append([{ id: draft(1).id, fact: accepted() }]);

    expect(heard).toEqual(['leaver', 'launched', 'accepted']);
    expect(errors).toEqual(Array.from({ length: 2 }, () => 'a ledger listener failed'));
  });
});

describe('close', () => {
  it('writes what is queued, then refuses', async () => {
    const bench = await createBench();
    const ledger = await bench.open();
    const launching = ledger.launch(draft(1));

    const closing = ledger.close();
    const late = ledger.launch(draft(2));

    await expect(late).rejects.toMatchObject({ reason: 'ledger', retryable: false });
    await closing;
    await ledger.close();
    expect(idOf(await launching)).toBe(draft(1).id);
    expect(ledger.isWritable()).toBe(false);
    expect(await ledger.checkWritable()).toBe(false);
    expect((await bench.open()).open().map(idOf)).toEqual([draft(1).id]);
  });
});

describe('a database that cannot be read', () => {
  it('is an error that a loop survives, and is told of', async () => {
    const { url } = await createBench();
    const store = await openSqlStore(url);
    const broken = Object.assign(new Error('disk I/O error'), {
      ...(POSTGRES === undefined ? { rawCode: 10 } : { code: '58030', severity: 'ERROR' }),
    });
    const failed: string[] = [];
    const ledger = await createLedger(
      { ...store, findCanary: () => Promise.reject(broken), newest: () => Promise.reject(broken) },
      {
        clock: createSystemClock(),
        logger: silentLogger,
        onError: (operation) => failed.push(operation),
      },
    );
    atEnd(() => ledger.close());

    const finding = ledger.find(draft(1).id);
    const newest = ledger.newest('support', 'default');

    const message = `the ledger ${store.name} cannot be read: reading or writing failed (I/O error)`;
    for (const reading of [finding, newest]) {
      await expect(reading).rejects.toMatchObject({ message, reason: 'ledger', retryable: true });
    }
    expect(failed).toEqual(['read', 'read']);
    expect(ledger.isWritable()).toBe(true);
  });
});

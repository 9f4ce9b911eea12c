import { beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import {
  bound,
  createTidyBench,
  error,
  fakeTidier,
  HOUR,
  MINUTE,
  settlement,
  sighting,
  type TidyBench,
} from './tidy-bench.ts';

let bench: TidyBench;
beforeEach(async () => {
  bench = await createTidyBench();
});

describe('tidying', () => {
  it('takes all copies of a judged canary away, once its time has come, and not before', async () => {
    const tidier = fakeTidier();
    const id = await bench.arrive(['a', 'b']);
    bench.start(tidier);

    await bench.pass(HOUR - 1);
    const before = tidier.tried();
    await bench.pass(2 * MINUTE);

    expect(before).toEqual([]);
    expect(tidier.tried()).toEqual(['a', 'b']);
    expect(tidier.calls[0]).toMatchObject({ place: 'inbox', manner: 'delete', token: { id } });
    await bench.pass(2 * HOUR);
    expect(tidier.calls).toHaveLength(2);
  });

  it('never comes before the verdict, however old the copy is', async () => {
    const tidier = fakeTidier();
    const id = await bench.arrive(['a'], { judged: false });
    bench.start(tidier);
    await bench.pass(2 * HOUR);
    const before = tidier.tried();

    await bench.ledger.append([{ id, fact: settlement(bench.clock.now()) }]);
    await bench.pass(2 * MINUTE);

    expect(before).toEqual([]);
    expect(tidier.tried()).toEqual(['a']);
  });

  it('takes what arrives after its canary was lost, and a copy that comes later still', async () => {
    const tidier = fakeTidier();
    const id = await bench.arrive([]);
    bench.start(tidier);
    await bench.pass(2 * HOUR);
    await bench.ledger.append([{ id, fact: sighting(bench.clock.now(), 'late') }]);
    await bench.pass(HOUR + MINUTE);
    const first = tidier.tried();
    await bench.ledger.append([{ id, fact: sighting(bench.clock.now(), 'later', 'spam') }]);

    await bench.pass(HOUR + MINUTE);

    expect(first).toEqual(['late']);
    expect(tidier.tried()).toEqual(['late', 'later']);
  });

  it('closes what is before people, and leaves spam and trash where they are', async () => {
    const tidier = fakeTidier();
    await bench.arrive(['spam'], { place: 'spam' });
    await bench.arrive(['trash'], { place: 'trash' });
    await bench.arrive(['inbox']);
    const tidying = bench.start(tidier, { policy: { manner: 'close' } });

    await bench.pass(HOUR + MINUTE);

    expect(tidier.tried()).toEqual(['inbox']);
    expect(tidying.litter()).toBe(0);
  });

  it('does nothing twice, after a restart neither', async () => {
    await bench.arrive(['a']);
    const first = bench.start(fakeTidier());
    await bench.pass(HOUR + MINUTE);
    await first.stop();
    const tidier = fakeTidier();
    bench.start(tidier);

    await bench.pass(HOUR);

    expect(tidier.calls).toEqual([]);
  });

  it('finds gone what was tidied before a crash, and remembers it then', async () => {
    const tidier = fakeTidier(() => 'gone');
    await bench.arrive(['a']);
    const tidying = bench.start(tidier);

    await bench.pass(3 * HOUR);

    expect(tidier.tried()).toEqual(['a']);
    expect(bench.failed).toEqual([]);
    expect(tidying.litter()).toBe(0);
  });

  it('leaves alone, and counts, what is not ours any more', async () => {
    const tidier = fakeTidier(() => 'not_ours');
    await bench.arrive(['a']);
    bench.start(tidier);

    await bench.pass(3 * HOUR);

    expect(tidier.tried()).toEqual(['a']);
    expect(bench.failed).toEqual(['helpdesk']);
  });

  it('asks for nothing whose token none of our keys has signed', async () => {
    const tidier = fakeTidier();
    await bench.arrive(['a']);
    bench.start(tidier, { keys: [new Secret('another key, also of good length')] });

    await bench.pass(3 * HOUR);

    expect(tidier.calls).toEqual([]);
    expect(bench.failed).toEqual(['helpdesk']);
  });
});

describe('tidying that fails', () => {
  it('counts each failure, waits longer each time, and lets others go first', async () => {
    let isDown = true;
    const tidier = fakeTidier(() => (isDown ? error('unreachable') : 'done'));
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) await bench.arrive([id]);
    const tidying = bench.start(tidier);
    await bench.pass(HOUR + MINUTE);
    const early = tidier.calls.length;

    await bench.pass(4 * MINUTE);
    const [tried, counted, left] = [tidier.tried(), bench.failed.length, tidying.litter()];
    isDown = false;
    await bench.pass(20 * MINUTE);

    // after 30 s, 1 min, 2 min, each less up to a quarter
    expect(early).toBeLessThanOrEqual(2);
    expect(tried.length).toBeGreaterThanOrEqual(3);
    expect(tried.length).toBeLessThanOrEqual(5);
    expect(new Set(tried).size).toBe(tried.length);
    expect(counted).toBe(tried.length);
    expect(left).toBe(6);
    expect(new Set(tidier.tried())).toEqual(new Set(['a', 'b', 'c', 'd', 'e', 'f']));
    expect(bench.failed).toHaveLength(counted);
    expect(tidying.litter()).toBe(0);
  });

  it('by one copy for ever does not stop the others', async () => {
    const tidier = fakeTidier(({ externalId }) =>
      externalId === 'bad' ? error('refused') : 'done',
    );
    await bench.arrive(['bad']);
    for (let index = 0; index < 50; index += 1) await bench.arrive([`good${index}`]);
    const tidying = bench.start(tidier);

    await bench.pass(HOUR);
    await bench.pass(10 * MINUTE);

    const good = tidier.tried().filter((id) => id !== 'bad');
    expect(good).toHaveLength(50);
    expect(tidying.litter()).toBe(1);
    const before = bench.failed.length;
    await bench.pass(HOUR);
    expect(bench.failed.length - before).toBeGreaterThanOrEqual(4); // it is tried again every 10 min
    expect(bench.failed.length - before).toBeLessThanOrEqual(7);
  });

  it('waits as long as the other side wishes', async () => {
    const tidier = fakeTidier(() => error('rate-limited', 30 * MINUTE));
    await bench.arrive(['a']);
    await bench.arrive(['b']);
    bench.start(tidier);
    await bench.pass(HOUR + MINUTE);

    await bench.pass(28 * MINUTE);
    const early = tidier.calls.length;
    await bench.pass(5 * MINUTE);

    expect(early).toBe(1);
    expect(tidier.calls).toHaveLength(2);
  });

  it('by the ledger is none of the observer, and touches nothing until it can be remembered', async () => {
    const tidier = fakeTidier();
    await bench.arrive(['a']);
    let isWritable = false;
    bench.start(tidier, { ledger: { ...bound(bench.ledger), isWritable: () => isWritable } });
    await bench.pass(2 * HOUR);
    const before = tidier.calls.length;

    isWritable = true;
    await bench.pass(2 * MINUTE);

    expect(before).toBe(0);
    expect(tidier.tried()).toEqual(['a']);
    expect(bench.failed).toEqual([]);
  });
});

describe('the pace of tidying', () => {
  it('is one copy a second, and of a backlog no more than that', async () => {
    const tidier = fakeTidier();
    for (let index = 0; index < 100; index += 1) await bench.arrive([`copy${index}`]);
    await bench.clock.advance(2 * HOUR);
    const tidying = bench.start(tidier);

    await bench.pass(10_000);
    const early = tidier.calls.length;
    await bench.pass(100_000);

    expect(early).toBeGreaterThanOrEqual(9);
    expect(early).toBeLessThanOrEqual(11);
    expect(tidier.calls).toHaveLength(100);
    expect(tidying.litter()).toBe(0);
  });

  it('stops at once, in the middle of a copy, and does not count that', async () => {
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const tidier = fakeTidier(
      (_litter, signal) =>
        new Promise((_resolve, reject) => {
          begin();
          signal.addEventListener('abort', () => reject(error('aborted')));
        }),
    );
    await bench.arrive(['a']);
    await bench.clock.advance(HOUR);
    const tidying = bench.start(tidier);
    await begun;

    await tidying.stop();

    expect(tidier.tried()).toEqual(['a']);
    expect(bench.failed).toEqual([]);
    const query = {
      observer: 'helpdesk',
      seenUntil: bench.clock.now(),
      places: ['inbox'],
    } as const;
    expect(await bench.ledger.countLitter(query)).toBe(1);
  });
});

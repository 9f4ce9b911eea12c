import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { Writer, type Task } from '../../src/ledger/writer.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** A database that fails when told to, and notes what each transaction was asked for. */
function createRig() {
  const clock = createFakeClock();
  const commits: string[][] = [];
  const told: string[] = [];
  const failures: unknown[] = [];
  let fault: Error | undefined;
  const names = new Map<Task, string>();
  const writer = new Writer({
    clock,
    logger: silentLogger,
    name: 'test.db',
    onFailure: (error) => failures.push(error),
    faultOf: (error) => (error === fault ? 'the disk is full' : undefined),
    commit: (tasks) => {
      commits.push(tasks.map((task) => names.get(task) ?? '?'));
      if (fault !== undefined) return Promise.reject(fault);
      if (tasks.some((task) => names.get(task) === 'poison')) {
        return Promise.reject(new TypeError('a bug'));
      }
      told.push(...tasks.map((task) => names.get(task) ?? '?'));
      return Promise.resolve();
    },
  });
  const submit = (name: string, patient = true, ids: readonly string[] = [name]): void => {
    const task: Task = {
      patient,
      ids,
      run: () => Promise.resolve(() => undefined),
      fail: (error) => told.push(`${name} failed: ${String(error)}`),
    };
    names.set(task, name);
    writer.submit(task);
  };
  const turns = async (count = 20): Promise<void> => {
    for (let turn = 0; turn < count; turn += 1) await new Promise((done) => setImmediate(done));
  };
  return {
    clock,
    writer,
    commits,
    told,
    failures,
    submit,
    turns,
    fail: (error: Error | undefined) => (fault = error),
  };
}

const full = new Error('database or disk is full');

describe('Writer', () => {
  it('puts all that one turn of the event loop asks for into one transaction', async () => {
    const rig = createRig();

    for (const name of ['a', 'b', 'c']) rig.submit(name);
    await rig.turns();

    expect(rig.commits).toEqual([['a', 'b', 'c']]);
  });

  it('keeps a transaction short, but never splits a task', async () => {
    const rig = createRig();
    const many = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n));

    rig.submit('small');
    rig.submit('huge', true, many(1_000));
    rig.submit('half', true, many(40));
    rig.submit('other half', true, many(40));
    await rig.turns();

    expect(rig.commits).toEqual([['small'], ['huge'], ['half'], ['other half']]);
  });

  it('fails launches at once and lets facts wait, trying at 0.25 s, 0.75 s, ... up to every 5 s', async () => {
    const rig = createRig();
    rig.fail(full);
    const times: number[] = [];
    const start = rig.clock.now();

    rig.submit('launch', false);
    rig.submit('fact');
    await rig.turns();
    for (let attempt = 0; attempt < 7; attempt += 1) {
      const before = rig.commits.length;
      while (rig.commits.length === before) await rig.clock.advance(50);
      times.push(rig.clock.now() - start);
      await rig.turns();
    }

    expect(rig.told).toEqual([
      'launch failed: MonitorError: the ledger test.db cannot be written: the disk is full',
    ]);
    expect(times.map((ms) => ms / 1_000)).toEqual([0.25, 0.75, 1.75, 3.75, 7.75, 12.75, 17.75]);
    expect(rig.writer.isWritable()).toBe(false);
  });

  it('recovers by itself', async () => {
    const rig = createRig();
    rig.fail(full);
    rig.submit('a');
    await rig.turns();
    rig.submit('b');

    rig.fail(undefined);
    await rig.clock.advance(250);
    await rig.turns();

    expect(rig.told).toEqual(['a', 'b']);
    expect(rig.writer.isWritable()).toBe(true);
  });

  it('tries a launch at once while facts wait, alone, and lets all through when that works', async () => {
    const rig = createRig();
    rig.fail(full);
    rig.submit('fact');
    await rig.turns();
    rig.submit('launch 1', false);
    await rig.turns();

    rig.fail(undefined);
    rig.submit('launch 2', false);
    await rig.turns();

    expect(rig.commits).toEqual([['fact'], ['launch 1'], ['launch 2'], ['fact']]);
    expect(rig.told.slice(1)).toEqual(['launch 2', 'fact']);
  });

  it('lets one task that cannot be done fail alone', async () => {
    const rig = createRig();

    for (const name of ['a', 'poison', 'b']) rig.submit(name);
    await rig.turns();

    expect(rig.told).toEqual(['a', 'poison failed: TypeError: a bug', 'b']);
    expect(rig.writer.isWritable()).toBe(true);
  });

  it('tries all once more when it is closed, and rejects what still cannot be written', async () => {
    const rig = createRig();
    rig.fail(full);
    for (const name of ['a', 'b']) rig.submit(name);
    await rig.turns();

    await rig.writer.close();
    rig.submit('late');

    expect(rig.commits).toHaveLength(2);
    expect(rig.told).toEqual([
      'a failed: MonitorError: the ledger test.db cannot be written: the disk is full',
      'b failed: MonitorError: the ledger test.db cannot be written: the disk is full',
      'late failed: MonitorError: the ledger test.db cannot be written: it is closed',
    ]);
  });

  it('writes what waits when it is closed after the trouble', async () => {
    const rig = createRig();
    rig.fail(full);
    rig.submit('a');
    await rig.turns();

    rig.fail(undefined);
    await rig.writer.close();

    expect(rig.told).toEqual(['a']);
  });

  it('tells of each transaction that failed, whoever is to blame', async () => {
    const rig = createRig();

    rig.fail(full);
    rig.submit('launch', false);
    await rig.turns();
    rig.fail(undefined);
    rig.submit('poison');
    await rig.turns();

    expect(rig.failures).toEqual([full, new TypeError('a bug')]);
  });

  it('at the end of the program nothing waits any more, before it is closed and in between', async () => {
    const rig = createRig();
    rig.fail(full);
    rig.submit('waiting');
    await rig.clock.whenAsleep();

    rig.writer.stopWaiting();
    await rig.turns();
    rig.submit('later');
    await rig.turns();
    rig.fail(undefined);
    rig.submit('well again');
    await rig.turns();

    expect(rig.told).toEqual([
      expect.stringMatching(/^waiting failed: .*the disk is full/),
      expect.stringMatching(/^later failed: .*the disk is full/),
      'well again',
    ]);
  });
});

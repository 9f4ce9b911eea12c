import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { isAccepted, outcomeOf } from '../../src/domain/canary.ts';
import { verdictOf } from '../../src/domain/events.ts';
import { uniform } from '../../src/base/random.ts';
import { createFakeRandom } from '../support/fake-random.ts';
import { buildScript, start } from './children.ts';
import { createBench, idOf } from './support.ts';

const KILLS = 10;
const random = createFakeRandom(20_150_909);

/**
 * Starts a process that launches canaries and adds facts, many at once, and says
 * each thing that the ledger acknowledged; kills it after `lines` of those.
 */
async function runAndKill(
  script: string,
  args: readonly string[],
  lines: number,
): Promise<string[]> {
  const child = start(script, args);
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.process.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length === lines) child.process.kill('SIGKILL');
  }
  await child.exited;
  return acknowledged;
}

describe('kill -9', () => {
  it('loses nothing acknowledged, and the equations hold whenever it comes', async () => {
    const bench = await createBench();
    const script = await buildScript('busy');
    const acknowledged: string[] = [];

    for (let round = 0; round < KILLS; round += 1) {
      const lines = 1 + Math.floor(uniform(random) * 150);
      acknowledged.push(...(await runAndKill(script, [bench.url, String(round)], lines)));
    }
    const ledger = await bench.open();
    const view = await bench.view();
    const canaries = await view.recent(1_000_000);
    const { totals, position } = await view.totals();

    const timelines = await Promise.all(canaries.map((canary) => view.timeline(idOf(canary))));
    const events = timelines.flat();
    const known = new Set(events.map((event) => `${event.launch.id} ${event.fact.type}`));
    expect(acknowledged.filter((line) => !known.has(line))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(KILLS);
    expect(events.map((event) => event.position).sort((a, b) => a - b)).toEqual(
      Array.from({ length: position }, (_, index) => index + 1),
    );
    const sum = (name: string): number =>
      totals.filter((total) => total.name === name).reduce((all, total) => all + total.value, 0);
    const unjudged = canaries.filter((c) => isAccepted(c) && verdictOf(c) === undefined).length;
    expect(sum('accepted')).toBe(sum('settled') + unjudged);
    expect(sum('launched')).toBe(canaries.length);
    expect(sum('launched')).toBe(sum('canaries'));
    for (const outcome of ['in_flight', 'arrived'] as const) {
      const counted = totals.filter((t) => t.name === 'canaries' && t.label === outcome);
      expect(counted.reduce((all, total) => all + total.value, 0)).toBe(
        canaries.filter((canary) => outcomeOf(canary) === outcome).length,
      );
    }
    expect(ledger.isWritable()).toBe(true);
  }, 120_000);
});

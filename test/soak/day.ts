/**
 * Twenty-four simulated hours at a hundred probes, a canary a minute each, on a ledger in a real file: the heap after the first
 * hour and after the last, and what is left of the process after the stop. `npm run soak:day -- --hours 2 --probes 20`.
 */
import { parseArgs } from 'node:util';
import { collectorOf, runDay } from './day-run.ts';

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '24' },
    probes: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
  },
});
const [hours, probes, seed] = [values.hours, values.probes, values.seed].map(Number);
const LIMIT = 1.1;
const MIB = 1_048_576;

if (hours === undefined || probes === undefined || seed === undefined) throw new Error('no number');
const startedAt = performance.now();
const measureAt = Array.from({ length: hours }, (_, index) => index + 1);
const cpuS = (): string => {
  const { user, system } = process.cpuUsage();
  return ((user + system) / 1_000_000).toFixed(0);
};
const onMeasured = (hour: number, bytes: number): void =>
  console.log(`${hour} h  ${(bytes / MIB).toFixed(2)} MiB, after ${cpuS()} s of a core`);
const plan = { probes, hours, seed, measureAt, onMeasured, everyMs: 60_000 };
const { heap, canaries, left } = await runDay(plan, collectorOf());
const growth = (heap.get(hours) ?? Infinity) / (heap.get(1) ?? 0);
const tookS = (performance.now() - startedAt) / 1_000;
const took = `in ${tookS.toFixed(0)} s, ${cpuS()} s of a core`;
console.log(`${canaries} canaries of ${probes} probes in ${hours} h, ${took}`);
console.log(`heap after ${hours} h: ${((growth - 1) * 100).toFixed(1)} % more than after 1 h`);
console.log(left.length === 0 ? 'nothing left open' : `left open: ${left.join(', ')}`);
process.exitCode = growth <= LIMIT && left.length === 0 ? 0 : 1;

/**
 * kill -9 of the built daemon at instants that cut every step of a canary's life, with at least 20
 * canaries in flight, against a real Postfix and Dovecot: `npm run kills -- --count 300 --seed 1`,
 * and with its ledger on a PostgreSQL server: `--ledger postgres`.
 */
import { parseArgs } from 'node:util';
import { describeAudit } from './audit.ts';
import { describeKills, runKills } from './kill-run.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    probes: { type: 'string', default: '12' },
    ledger: { type: 'string', default: 'sqlite' },
  },
});
const { ledger } = values;
if (ledger !== 'sqlite' && ledger !== 'postgres') throw new Error('--ledger sqlite or postgres');
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const started = Date.now();
const run = await runKills({
  count: Number(values.count),
  seed: Number(values.seed),
  probes: Number(values.probes),
  ledger,
  onKill(number, steps, inFlight) {
    const seconds = ((Date.now() - started) / 1_000).toFixed(0);
    print(`${seconds} s  kill ${number}: ${[...steps].join(', ')}; ${inFlight} in flight`);
  },
});
print('');
for (const line of [...describeKills(run), ...describeAudit(run.audit)]) print(line);
const problems = run.scrapeProblems.length + run.audit.problems.length;
const unhit = Object.values(run.steps).filter((count) => count === 0).length;
print(problems + unhit === 0 ? 'PASSED' : `FAILED: ${problems} problems, ${unhit} steps not hit`);
process.exitCode = problems + unhit === 0 ? 0 : 1;

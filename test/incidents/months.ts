import { quietMonth } from './quiet.ts';

/**
 * `npm run months -- 200`: so many quiet months, a canary a minute, from a seed on that may follow (default 1); which
 * alerts of the generated rules fired, by promtool. Peace is left out (`partsOf`). Exit code 1 when a verdict was wrong,
 * or when there were more pages or tickets than a quiet month may have.
 */
const [, , count = '200', first = '1'] = process.argv;
const MOST_PAGES = 1;
const MOST_TICKETS_A_MONTH = 2;
const HOUR_MS = 3_600_000;

const months = Number(count);
const sums = { pages: 0, tickets: 0, most: 0, verdicts: 0, wrong: 0, playedMs: 0 };
for (let seed = Number(first); seed < Number(first) + months; seed += 1) {
  const { pages, tickets, verdicts, wrong, alerts, playedMs } = await quietMonth(seed);
  sums.pages += pages;
  sums.tickets += tickets;
  sums.most = Math.max(sums.most, tickets);
  sums.verdicts += verdicts;
  sums.wrong += wrong.length;
  sums.playedMs += playedMs;
  const told = alerts
    .filter(({ severity }) => severity === 'page' || severity === 'ticket')
    .map(({ alert, severity, atMs, times }) => {
      const often = times === 1 ? '' : `, ${times} times`;
      return `${severity} ${alert} at ${(atMs / HOUR_MS).toFixed(2)} h${often}`;
    });
  process.stdout.write(
    `seed ${seed}: ${verdicts} verdicts, ${wrong.length} wrong, ${pages} pages, ${tickets} tickets (${told.join('; ')})\n`,
  );
  for (const line of wrong) process.stdout.write(`  ${line}\n`);
}
const mean = sums.tickets / months;
process.stdout.write(
  `${months} months, ${(sums.playedMs / HOUR_MS).toFixed(0)} h of them played: ${sums.pages} pages, ${mean.toFixed(2)} tickets a month (at most ${sums.most}), ${sums.verdicts} verdicts, ${sums.wrong} wrong\n`,
);
const isQuiet = sums.pages <= MOST_PAGES && sums.most <= MOST_TICKETS_A_MONTH;
process.exitCode = sums.wrong === 0 && isQuiet ? 0 : 1;

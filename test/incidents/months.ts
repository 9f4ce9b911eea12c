import { simulate } from '../../src/simulation/run.ts';

/**
 * `npm run months -- 200`: so many quiet months, a canary a minute; who would have been woken, by the states of the
 * status page. A month takes minutes. Exit code 1 when a verdict was wrong.
 */
const [, , count = '200', first = '1'] = process.argv;
const sums = { pages: 0, verdicts: 0, wrong: 0 };
for (let seed = Number(first); seed < Number(first) + Number(count); seed += 1) {
  const { signal } = new AbortController();
  const options = { everyMs: 60_000, rules: false, samples: false, seed, signal };
  const report = await simulate({ scenario: 'quiet-month', ...options });
  if (report.type === 'refused') throw new Error(report.why);
  const { pages, checked, mistakes, startedAt } = report;
  sums.pages += pages.length;
  sums.verdicts += checked;
  sums.wrong += mistakes.length;
  process.stdout.write(
    `seed ${seed}: ${checked} verdicts, ${mistakes.length} wrong, ${pages.length} pages\n`,
  );
  for (const { since, why } of pages) {
    process.stdout.write(`  at ${((since - startedAt) / 3_600_000).toFixed(2)} h: ${why}\n`);
  }
}
process.stdout.write(
  `${count} months: ${sums.verdicts} verdicts, ${sums.wrong} wrong, ${sums.pages} pages\n`,
);
process.exitCode = sums.wrong === 0 ? 0 : 1;

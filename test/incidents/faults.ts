import { playFaults } from './random-faults.ts';

/** `npm run faults -- 50`: so many days of faults by chance, at a canary a minute. Exit code 1 when one is not right. */
const DAY_MS = 24 * 3_600_000;
const seeds = Number(process.argv[2] ?? 50);
const sums = { verdicts: 0, pages: 0, wrong: 0 };
for (let seed = 1; seed <= seeds; seed += 1) {
  const { verdicts, pages, wrong } = await playFaults(seed, DAY_MS);
  sums.verdicts += verdicts;
  sums.pages += pages;
  sums.wrong += wrong.length;
  process.stdout.write(
    `seed ${seed}: ${verdicts} verdicts, ${pages} pages, ${wrong.length} wrong\n`,
  );
  for (const line of wrong) process.stdout.write(`  ${line}\n`);
}
process.stdout.write(
  `${seeds} days: ${sums.verdicts} verdicts, ${sums.pages} pages, ${sums.wrong} of them wrong\n`,
);
process.exitCode = sums.wrong === 0 ? 0 : 1;

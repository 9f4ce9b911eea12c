/**
 * How long after its deadline a stalled mail wakes somebody, by the whole path: Postfix, Dovecot, the built daemon,
 * Prometheus, Alertmanager, a webhook.
 *
 *   npm run page -- --runs 10     late_after 30 s, a canary and a scrape a second
 *   npm run page -- --real        late_after 10 min, a canary a minute, a scrape each 5 s; once, some 20 min
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { stallOnce, type StallFigures } from './page-run.ts';
import { QUICK, REAL, startPageScene, whenCalm, type PageScene } from './page-scene.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '1' }, real: { type: 'boolean', default: false } },
});
const runs = values.real ? 1 : Number(values.runs);
const limits = values.real
  ? { lateAfterMs: 600_000, patienceMs: 600_000, markToPage: 12, onsetToPage: 672 }
  : { lateAfterMs: 30_000, patienceMs: 180_000, markToPage: 5, onsetToPage: Infinity };

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const text = (seconds: number): string => seconds.toFixed(2).padStart(7);

async function measure(scene: PageScene): Promise<readonly StallFigures[]> {
  const all: StallFigures[] = [];
  print('  run   mark->page  onset->page  release->resolved  pages   (seconds)');
  for (let run = 1; run <= runs; run += 1) {
    await whenCalm(scene);
    // At another phase of scrapes and looks each time.
    await sleep(1_000 + ((run * 377) % 1_000));
    const figures = await stallOnce(scene, limits);
    all.push(figures);
    const { markToPage, onsetToPage, releaseToResolved, pages } = figures;
    print(
      `${String(run).padStart(5)} ${text(markToPage)}      ${text(onsetToPage)}      ${text(releaseToResolved)}            ${pages}`,
    );
  }
  return all;
}

const scene = await startPageScene(values.real ? REAL : QUICK);
try {
  const all = await measure(scene);
  const sorted = all.map(({ markToPage }) => markToPage).sort((a, b) => a - b);
  print(
    `from the mark to the page: median ${text(sorted[Math.floor(sorted.length / 2)] ?? NaN)} s, most ${text(sorted.at(-1) ?? NaN)} s`,
  );
  const isGood = all.every(
    ({ markToPage, onsetToPage, pages }) =>
      pages === 1 && markToPage <= limits.markToPage && onsetToPage <= limits.onsetToPage,
  );
  print(isGood ? 'as wanted' : 'NOT as wanted');
  process.exitCode = isGood ? 0 : 1;
} finally {
  await scene.stop();
}

import type { Culprit } from '../../../src/domain/culprit.ts';
import { parseOpenMetrics } from '../openmetrics.ts';
import { readText } from '../../metrics/support.ts';
import { within, type Story } from './story.ts';
import { createWorld } from './world.ts';

/** Values of one series, one a scrape; null where there is none. */
export type Series = Map<string, (number | null)[]>;

const JOB = 'mailcanary';

/** A story as it was played. */
export interface Played {
  /** What Prometheus would have scraped. */
  readonly series: Series;
  /** Whom the domain blamed at a second, by probe; of the first vantage. */
  readonly culprits: ReadonlyMap<number, ReadonlyMap<string, Culprit>>;
}

export async function playStory(story: Story, wanted: ReadonlySet<string>): Promise<Played> {
  const { step = 5, until, monitors = [{ instance: 'a' }] } = story;
  const vantages = [...new Set(monitors.map(({ vantage = 'default' }) => vantage))];
  const worlds = new Map(vantages.map((vantage) => [vantage, createWorld(story, vantage)]));
  const series: Series = new Map();
  const culprits = new Map<number, ReadonlyMap<string, Culprit>>();
  const [first] = worlds.values();
  const frozen = new Map<string, ReadonlyMap<string, number>>();
  const put = (name: string, index: number, value: number | null): void => {
    const values = series.get(name) ?? [];
    while (values.length < index) values.push(null);
    values[index] = value;
    series.set(name, values);
  };
  for (let at = 0, index = 0; at <= until; at += step, index += 1) {
    for (const [vantage, world] of worlds) {
      const lives = monitors.some(
        (one) => (one.vantage ?? 'default') === vantage && !within(one.down, at),
      );
      if (lives) world.step(at);
    }
    if (first !== undefined) culprits.set(at, first.culprits());
    for (const { instance, vantage = 'default', down, cutOff } of monitors) {
      const target = `job="${JOB}",instance="${instance}"`;
      const isUp = !within(down, at);
      const samples = new Map([[`up{${target}}`, isUp ? 1 : 0]]);
      if (isUp) {
        const world = worlds.get(vantage)!;
        const isCutOff = within(cutOff, at);
        const fresh = isCutOff
          ? new Map(frozen.get(instance))
          : samplesOf(await readText(world.metrics), target, wanted);
        if (!isCutOff) frozen.set(instance, fresh);
        else fresh.set(`mailcanary_clock_timestamp_seconds{${target}}`, at);
        for (const [name, value] of fresh) samples.set(name, value);
      }
      story.alter?.(samples, at, instance);
      for (const [name, value] of samples) put(name, index, value);
    }
    for (const [name, valueAt] of Object.entries(story.others ?? {})) {
      put(name, index, valueAt(at));
    }
  }
  return { series, culprits };
}

function samplesOf(text: string, target: string, wanted: ReadonlySet<string>): Map<string, number> {
  const samples = new Map<string, number>();
  for (const family of parseOpenMetrics(text).values()) {
    for (const { name, labels, value } of family.samples) {
      if (!wanted.has(name)) continue;
      const own = [...labels].map(([label, text]) => `,${label}="${text}"`).join('');
      samples.set(`${name}{${target}${own}}`, value);
    }
  }
  return samples;
}

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_INPUT } from '../../src/generate/rules/input.ts';
import { renderRules } from '../../src/generate/rules/render.ts';
import { ALERTS } from '../../src/generate/rules/rule.ts';
import { POLICY } from '../domain/samples.ts';
import { watchStory, type Fired, type Watched } from '../support/story/promtool.ts';
import type { Expectation, Story } from '../support/story/story.ts';
import { isSameTable, tableOf } from '../support/story/table.ts';
import { AGAIN_STORIES } from './stories/again.ts';
import { CHAIN_STORIES } from './stories/chain.ts';
import { HELPDESK_STORIES } from './stories/helpdesk.ts';
import { LOSS_STORIES } from './stories/loss.ts';
import { MONITOR_STORIES } from './stories/monitor.ts';
import { REPLICA_STORIES } from './stories/replicas.ts';
import { SENDER_STORIES } from './stories/sender.ts';
import { WATCHER_STORIES } from './stories/watcher.ts';

const STORIES: readonly Story[] = [
  ...HELPDESK_STORIES,
  ...AGAIN_STORIES,
  ...CHAIN_STORIES,
  ...LOSS_STORIES,
  ...SENDER_STORIES,
  ...WATCHER_STORIES,
  ...REPLICA_STORIES,
  ...MONITOR_STORIES,
];

/** Alerts whose culprit the domain names as well. */
const BLAMING: readonly string[] = [
  'EmailDeliveryStalled',
  'EmailDeliveryStragglers',
  'EmailSilentLossConfirmed',
  'EmailSubmissionPathStalled',
  'EmailCanarySendStalled',
  'EmailSubmissionPathLoses',
  'EmailMonitorBlind',
];

/** The rules as they are generated for the probes of a story. */
function rulesFor({ probes, step = 5 }: Story): string {
  const own = probes.map(({ name, role = 'target', policy }) => ({
    name,
    role,
    lateAfterMs: policy?.lateAfterMs ?? POLICY.lateAfterMs,
  }));
  return renderRules({
    ...DEFAULT_INPUT,
    scrapeIntervalMs: Math.min(step, 5) * 1_000,
    probes: own.length === 0 ? DEFAULT_INPUT.probes : own,
  });
}

const seen = new Map<Story, readonly Fired[]>();
const blamed = new Map<Story, Watched['culprits']>();
beforeAll(async () => {
  const waiting = [...STORIES];
  const work = async (): Promise<void> => {
    for (let story = waiting.shift(); story !== undefined; story = waiting.shift()) {
      const { fired, culprits } = await watchStory(story, rulesFor(story));
      seen.set(story, fired);
      blamed.set(story, culprits);
    }
  };
  await Promise.all([work(), work()]);
}, 900_000);

function matches(fired: Fired, { alert, severity, labels = {} }: Expectation): boolean {
  const isIt = fired.alert === alert && fired.severity === severity;
  return isIt && Object.entries(labels).every(([name, value]) => fired.labels[name] === value);
}

describe.each(STORIES.map((story): [string, Story] => [story.name, story]))(
  '%s',
  (_name, story) => {
    const { expected, ignores = [], step = 5, until } = story;

    it.each(expected.map((one): [string, Expectation] => [`${one.alert} (${one.severity})`, one]))(
      '%s fires when it should and ends when it should',
      (_title, expectation) => {
        const found = seen.get(story)!.filter((fired) => matches(fired, expectation));
        const [from, to] = expectation.fires;

        expect(found, JSON.stringify(seen.get(story), null, 1)).toHaveLength(1);
        const { first, last, times } = found[0]!;
        expect([first >= from && first < to, first, last]).toEqual([true, first, last]);
        expect(times).toBe(expectation.times ?? 1);
        const [endFrom, endTo] = expectation.ends ?? [until + step, until + 2 * step];
        const end = last + step;
        expect([end >= endFrom && end < endTo, 'ends', end]).toEqual([true, 'ends', end]);
      },
    );

    it('wakes nobody else, and opens no other ticket', () => {
      const others = seen
        .get(story)!
        .filter(({ severity }) => severity !== 'none')
        .filter((fired) => !expected.some((one) => matches(fired, one)))
        .filter(({ alert, severity }) => severity === 'page' || !ignores.includes(alert));

      expect(others).toEqual([]);
    });
  },
);

describe('all time lines', () => {
  it('make every alert fire, and each but the dead man also stay silent', () => {
    const fired = new Set([...seen.values()].flat().map(({ alert }) => alert));

    expect([...fired].sort()).toEqual([...ALERTS].sort());
  });

  it('never page the people of the helpdesk for a fault of ours', () => {
    for (const [{ name }, alerts] of seen) {
      if (![...SENDER_STORIES, ...MONITOR_STORIES].some((story) => story.name === name)) continue;
      const wrong = alerts.filter(
        ({ severity, labels }) => severity === 'page' && labels['team'] === 'helpdesk',
      );
      expect(wrong, name).toEqual([]);
    }
  });

  it('blame the same culprit in the alerts and in the domain, which pages and API ask', () => {
    // What one vantage alone cannot know, and figures that a story bends, are left out.
    const comparable = STORIES.filter(
      ({ alter, monitors }) =>
        alter === undefined && monitors?.every(({ vantage }) => vantage === undefined) !== false,
    );
    const spoken = new Map<string, number>();
    for (const story of comparable) {
      for (const { alert, severity, labels, first } of seen.get(story)!) {
        if (severity !== 'page' || !BLAMING.includes(alert)) continue;
        const culprits = blamed.get(story)!.get(first)!;
        const { probe } = labels;
        const named = probe === undefined ? [...culprits.values()] : [culprits.get(probe)];
        expect(named, `${story.name}: ${alert} at ${first}`).toContain(labels['culprit']);
        if (probe !== undefined) expect(named).toEqual([labels['culprit']]);
        spoken.set(alert, (spoken.get(alert) ?? 0) + 1);
      }
      if (story.expected.length > 0) continue;
      for (const [at, culprits] of blamed.get(story)!) {
        expect([...culprits], `${story.name} at ${at}`).toEqual([]);
      }
    }
    expect([...spoken.keys()].sort()).toEqual([...BLAMING].sort());
  });

  it('are told in docs/alert-time-lines.md as they were seen (vitest -u writes it)', async () => {
    const text = tableOf(STORIES.map((story) => ({ story, fired: seen.get(story)! })));

    const file = fileURLToPath(new URL('../../docs/alert-time-lines.md', import.meta.url));
    if (!isSameTable(await readFile(file, 'utf8'), text)) {
      await expect(text).toMatchFileSnapshot(file);
    }
  });

  it(
    'do not depend on the order of groups, which promtool shuffles',
    { timeout: 300_000 },
    async () => {
      const [story] = HELPDESK_STORIES.filter(({ name }) => name === 'misfiled, new');
      for (let run = 1; run <= 4; run += 1) {
        expect((await watchStory(story!, rulesFor(story!))).fired).toEqual(seen.get(story!));
      }
    },
  );
});

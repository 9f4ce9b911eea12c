import { uniform, type Random } from '../../src/base/random.ts';
import { createSeededRandom } from '../../src/base/seeded-random.ts';
import type { DialsPatch } from '../../src/sandbox/config.ts';
import type { Scenario } from '../../src/sandbox/scenario.ts';
import { simulate, type SimulationReport } from '../../src/simulation/run.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LATE_MS = 10 * MINUTE;

type Step = Scenario['steps'][number];

/** One trouble, from its beginning to its end. */
interface Trouble {
  readonly name: string;
  readonly begin: Omit<Step, 'at'>;
  /** Undefined: it is over by itself. */
  readonly end?: Omit<Step, 'at'>;
}

type Draw = (random: Random) => Trouble;

const share = (random: Random, from: number, to: number): number =>
  from + (to - from) * uniform(random);

function dials(name: string, set: DialsPatch): Trouble {
  return { name, begin: { set, say: name }, end: { recover: true } };
}

const TROUBLES: readonly Draw[] = [
  () => dials('an outage', { helpdesk: { outage: true, drain: 200 } }),
  (random) => dials('loss', { helpdesk: { loss: share(random, 0.01, 0.3) } }),
  (random) =>
    dials('a slow path', {
      helpdesk: {
        slow: {
          share: share(random, 0.05, 0.9),
          delay: { type: 'uniform', fromMs: MINUTE, toMs: 25 * MINUTE },
        },
      },
    }),
  () => dials('duplicates', { helpdesk: { duplicates: 1 } }),
  (random) => dials('spam', { helpdesk: { misfile: share(random, 0.1, 1) } }),
  () => dials('a clock that jumps', { helpdesk: { offset: 75_000 } }),
  () => dials('an index that lags', { helpdesk: { lag: 50_000 } }),
  (random) => dials('API 500', { helpdesk: { fault: fault(500, share(random, 0.2, 1)) } }),
  () => dials('API 429', { helpdesk: { fault: fault(429, 1) } }),
  () => dials('API 401', { helpdesk: { fault: fault(401, 1) } }),
  () => dials('API hangs', { helpdesk: { fault: { ...fault(500, 1), do: 'hang' } } }),
  () => dials('mailbox down', { control: { line: 'down' } }),
  () => dials('mailbox silent', { control: { line: 'silent' } }),
  (random) => dials('relay defers', { smtp: { answer: 'defer', share: share(random, 0.2, 1) } }),
  (random) => dials('relay refuses', { smtp: { answer: 'refuse', share: share(random, 0.2, 1) } }),
  () => dials('relay hangs', { smtp: { answer: 'hang' } }),
  () => dials('relay resets', { smtp: { answer: 'reset' } }),
  (random) => ({
    name: 'a restart',
    begin: { monitor: { down: Math.round(share(random, 5_000, 20 * MINUTE)) }, say: 'a restart' },
  }),
  (random) => ({
    name: 'our clock',
    begin: { clock: Math.round(share(random, -90_000, 90_000)), say: 'our clock is set' },
  }),
];

function fault(status: number, of: number) {
  return { do: 'status', status, on: 'all', share: of, times: null } as const;
}

/** Troubles one after the other, with peace between them. */
export function randomFaults(seed: number, lastsMs: number): Scenario {
  const random = createSeededRandom(seed);
  const steps: Step[] = [];
  for (let at = HOUR; at < lastsMs - 2 * HOUR;) {
    const draw = TROUBLES[Math.floor(uniform(random) * TROUBLES.length)];
    if (draw === undefined) break;
    const { begin, end } = draw(random);
    const forMs = Math.round(share(random, 2 * MINUTE, 60 * MINUTE));
    steps.push({ at, ...begin });
    if (end !== undefined) steps.push({ at: at + forMs, ...end });
    at += forMs + Math.round(share(random, 20 * MINUTE, 90 * MINUTE));
  }
  const about = 'Troubles drawn by chance.';
  const delay = { type: 'lognormal', medianMs: 6_000, p99Ms: 45_000 } as const;
  return {
    ...{ name: `faults-${seed}`, about, servers: 1, lasts: lastsMs, steps },
    initial: { helpdesk: { delay } },
  };
}

/** What went wrong in one run: verdicts that are not so, and pages for what did not happen. */
export interface Findings {
  readonly scenario: Scenario;
  readonly verdicts: number;
  readonly pages: number;
  readonly wrong: readonly string[];
}

export async function playFaults(seed: number, lastsMs: number): Promise<Findings> {
  const scenario = randomFaults(seed, lastsMs);
  const { signal } = new AbortController();
  const options = { everyMs: MINUTE, rules: false, samples: false, seed, signal };
  const report = await simulate({ scenario, ...options });
  if (report.type === 'refused') throw new Error(report.why);
  return {
    scenario,
    verdicts: report.checked,
    pages: report.pages.length,
    wrong: [
      ...report.mistakes.map(({ probe, said, truth }) => `${probe}: ${said}, but it ${truth}`),
      ...report.pages.flatMap((page) => {
        const atMs = page.since - report.startedAt;
        const excuse = reasonFor(page.probe, page.why, { report, atMs, scenario });
        const minute = (atMs / MINUTE).toFixed(1);
        return excuse
          ? []
          : [`page at ${minute} min for ${page.probe} without a reason: ${page.why}`];
      }),
    ],
  };
}

interface Moment {
  readonly report: SimulationReport;
  readonly scenario: Scenario;
  readonly atMs: number;
}

/** Whether what a page says is so. */
function reasonFor(probe: string, why: string, moment: Moment): boolean {
  if (/nobody can look/.test(why)) return wasBlind(moment);
  if (/no test mail gets out/.test(why))
    return wasSet(moment, ({ set }) => set?.smtp !== undefined);
  const { report, atMs } = moment;
  const at = report.startedAt + atMs;
  const mails = report.mails.filter(
    ({ destination, acceptedAt }) =>
      destination === (probe === 'control' ? 'control' : 'helpdesk') && acceptedAt <= at,
  );
  if (/where nobody looks/.test(why)) {
    return mails.filter(({ copies }) => copies[0]?.place === 'spam').length >= 2;
  }
  if (/more than chance explains/.test(why)) {
    return mails.some(
      ({ acceptedAt, copies }) => (copies[0]?.at ?? Infinity) - acceptedAt > LATE_MS,
    );
  }
  // Late at that moment, or until a look before it: lists lag, and looks are a minute apart.
  const late = mails.filter(({ acceptedAt, copies }) => {
    const cameAt = copies[0]?.at ?? Infinity;
    return (
      cameAt - acceptedAt > LATE_MS && at - acceptedAt > LATE_MS && cameAt > at - SEEN_WITHIN_MS
    );
  });
  return late.length >= 2;
}

/** An arrival is seen within a look interval and the index lag, or when somebody can look again. */
const SEEN_WITHIN_MS = 5 * MINUTE;

function wasBlind(moment: Moment): boolean {
  return wasSet(moment, ({ set, monitor }) => {
    const isFault = set?.helpdesk?.fault !== undefined || set?.control?.line !== undefined;
    return isFault || monitor !== undefined;
  });
}

/** Whether such a trouble began within the hour and a half before. */
function wasSet({ scenario, atMs }: Moment, isIt: (step: Step) => boolean): boolean {
  return scenario.steps.some(
    (step) => isIt(step) && step.at <= atMs && step.at > atMs - 1.5 * HOUR,
  );
}

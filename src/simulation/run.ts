import type { Instant } from '../base/clock.ts';
import { messageOf, MonitorError } from '../base/errors.ts';
import type { Config } from '../config/schema.ts';
import type { Core } from '../core.ts';
import type { Canary } from '../domain/canary.ts';
import { renderRules } from '../generate/rules/render.ts';
import { rulesInputOf } from '../rules-input.ts';
import { loadScenario, scenarioNames, type Scenario } from '../sandbox/scenario.ts';
import type { MailTruth } from '../sandbox/truth.ts';
import { createPageWatch, type Page } from '../server/page-watch.ts';
import { scenesOf, stateOf, toneOf } from '../server/state.ts';
import { countsOf, type Counts } from './counts.ts';
import { cutScenario, type Part } from './part.ts';
import { evaluateRules, promtoolTest, type Fired, type Samples } from './promtool.ts';
import { createReferee, type Mistake } from './referee.ts';
import { createRecording, type Recording } from './series.ts';
import { createSimulation, type Simulation } from './simulation.ts';

export interface SimulationRequest {
  /** A scenario by name or path, or one that was made up. */
  readonly scenario: string | Scenario;
  readonly seed: number;
  /** Between the canaries of a probe, in milliseconds. */
  readonly everyMs: number;
  /** A probe for each inbound server of the helpdesk, handed over to it, instead of one for all. */
  readonly perServer?: boolean;
  /** Keeps what Prometheus would have scraped, for `rules`. */
  readonly samples: boolean;
  /** Has promtool say when the real rules would have fired. */
  readonly rules: boolean;
  /** Plays only this; undefined: all of the scenario. */
  readonly part?: Part;
  readonly signal: AbortSignal;
}

/** What came of it; times in milliseconds from the start of the scenario. */
export interface SimulationReport {
  readonly type: 'report';
  readonly scenario: Pick<Scenario, 'name' | 'about' | 'lasts'>;
  /** When the trouble begins: the first step of the scenario. */
  readonly onsetMs: number;
  readonly says: readonly { readonly atMs: number; readonly say: string }[];
  /** When a probe was first judged less than well, from the onset on; undefined: never. */
  readonly firstWarningMs: number | undefined;
  /** When somebody would have been woken, by the states that the status page shows. */
  readonly pages: readonly Page[];
  /** The alerts of the generated rules; undefined where nobody asked. */
  readonly alerts: readonly Fired[] | undefined;
  readonly counts: ReadonlyMap<string, Counts>;
  /** What the helpdesk really did. */
  readonly truth: Truth;
  readonly checked: number;
  readonly mistakes: readonly Mistake[];
  /** What would have been scraped; undefined where nobody asked. */
  readonly samples: Samples | undefined;
  /** For promtool; undefined where nobody asked. */
  readonly files: { readonly rules: string; readonly test: string } | undefined;
  readonly startedAt: Instant;
  /** Of every mail that was accepted. */
  readonly mails: readonly MailTruth[];
  /** What was seen of each canary to the helpdesk, in the order of launch, for those who judge otherwise. */
  readonly runs: readonly Run[];
}

/** One canary, as anybody would know it who looks when we do; times in milliseconds from the start. */
export interface Run {
  readonly probe: string;
  readonly launchedMs: number;
  /** Null: the mail system did not take it. */
  readonly acceptedMs: number | null;
  /** End of the look that saw it where people look; null: none did. */
  readonly seenMs: number | null;
}

export interface Truth {
  readonly accepted: number;
  /** Nowhere at the end. */
  readonly lost: number;
  /** Came after the deadline. */
  readonly late: number;
  /** Past the deadline at the end, and nowhere yet. */
  readonly missing: number;
  /** Came after it had been lost, by being queued again. */
  readonly requeued: number;
  readonly duplicated: number;
}

/** `why` in a sentence: there is no such scenario, or it has mistakes. */
export interface SimulationRefusal {
  readonly type: 'refused';
  readonly why: string;
}

const HOUR_MS = 3_600_000;
/**
 * Scrapes of short scenarios are as close as Prometheus is told to make them; a month of them need not be. promtool takes
 * at most 10,000 samples a query, the longest window of a rule is three days, and each evaluation costs it ten milliseconds.
 */
function stepMsOf({ lasts }: Scenario): number {
  if (lasts <= 6 * HOUR_MS) return 5_000;
  return lasts <= 24 * HOUR_MS ? 15_000 : 60_000;
}

/** Names and descriptions of the scenarios that come with the program. */
export async function listScenarios(): Promise<readonly Pick<Scenario, 'name' | 'about'>[]> {
  return Promise.all((await scenarioNames()).map((name) => loadScenario(name)));
}

/**
 * Plays a scenario to its end; refused when the signal aborts before. The one module of this folder that the program loads: it is bundled
 * apart, with base classes of its own, so it answers mistakes instead of throwing them.
 */
export async function simulate(
  request: SimulationRequest,
): Promise<SimulationReport | SimulationRefusal> {
  try {
    const { scenario } = request;
    return await play(
      typeof scenario === 'string' ? await loadScenario(scenario) : scenario,
      request,
    );
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error;
    return { type: 'refused', why: messageOf(error) };
  }
}

async function play(scenario: Scenario, request: SimulationRequest): Promise<SimulationReport> {
  const { part } = request;
  const played = part === undefined ? scenario : cutScenario(scenario, part);
  const simulation = await createSimulation({ ...request, scenario: played, fromMs: part?.fromMs });
  try {
    return await watch(played, simulation, request);
  } finally {
    await simulation.stop();
  }
}

async function watch(
  scenario: Scenario,
  simulation: Simulation,
  request: SimulationRequest,
): Promise<SimulationReport> {
  const { startedAt, system, store, config } = simulation;
  const { part } = request;
  const stepMs = part?.stepMs ?? stepMsOf(scenario);
  const samplesFrom = startedAt + (part === undefined ? 0 : part.samplesFromMs - part.fromMs);
  const onsetMs = scenario.steps[0]?.at ?? 0;
  const rules = renderRules({ ...rulesInputOf(config), scrapeIntervalMs: stepMs });
  const wanted = new Set(rules.match(/\b(?:mailcanary|process)_\w+/g));
  const recording = createRecording(wanted, samplesFrom);
  const referee = createReferee(system.truth);
  const spectator = createSpectator(simulation, startedAt + onsetMs);
  let subscribed: Core | undefined;
  for (let at = startedAt; at <= startedAt + scenario.lasts; at += stepMs) {
    if (request.signal.aborted) throw stopped();
    await simulation.runUntil(at);
    const monitor = simulation.monitor();
    if (monitor !== undefined && monitor !== subscribed) {
      monitor.app.ledger.subscribe((event, canary) => referee.hear(event, canary));
      subscribed = monitor;
    }
    spectator.look();
    if (request.samples && at >= samplesFrom) recording.add(await simulation.scrape());
  }
  const samples = samplesOf(scenario, recording, stepMs);
  const { pages, firstWarningAt } = spectator.saw();
  return {
    ...{ type: 'report', scenario, onsetMs, pages, startedAt },
    says: scenario.steps.flatMap(({ at, say }) => (say === undefined ? [] : [{ atMs: at, say }])),
    firstWarningMs: firstWarningAt === undefined ? undefined : firstWarningAt - startedAt,
    alerts: request.rules ? await evaluateRules(samples, rules) : undefined,
    counts: countsOf(store.totals().totals, (probe) => referee.lateness(probe)),
    truth: truthOf(system.truth.all(), {
      lateAfterMs: lateAfterOf(config),
      endAt: startedAt + scenario.lasts,
    }),
    ...{ checked: referee.checked(), mistakes: referee.mistakes },
    mails: system.truth.all(),
    runs: runsOf(store.canaries(), startedAt),
    samples: request.samples ? samples : undefined,
    files: request.samples ? { rules, test: promtoolTest(samples) } : undefined,
  };
}

function samplesOf(scenario: Scenario, recording: Recording, stepMs: number): Samples {
  const step = stepMs / 1_000;
  const until = (recording.length - 1) * step;
  return { name: scenario.name, series: recording.series, step, until };
}

/** Half a scenario proves nothing. */
function stopped(): MonitorError {
  return new MonitorError('it was stopped', { reason: 'aborted', retryable: true });
}

interface Spectator {
  look(): void;
  saw(): { readonly pages: readonly Page[]; readonly firstWarningAt: Instant | undefined };
}

/** Judges as the status page does, whichever monitor runs. */
function createSpectator(simulation: Simulation, onsetAt: Instant): Spectator {
  const { clock } = simulation;
  let startedAt = simulation.startedAt;
  let firstWarningAt: Instant | undefined;
  let last: Core | undefined;
  const watch = createPageWatch({
    now: () => clock.now(),
    get startedAt() {
      return startedAt;
    },
    probes: () => last?.daemon.probes() ?? [],
    observers: () => last?.daemon.observers() ?? [],
  });

  function isUnwell(core: Core): boolean {
    const { daemon } = core;
    const stage = { now: clock.now(), startedAt, readiness: daemon.readiness() };
    const scenes = scenesOf({ ...stage, probes: daemon.probes(), observers: daemon.observers() });
    return scenes.some(
      ({ probe, scene }) => !['good', 'idle'].includes(toneOf(stateOf(probe, scene), probe)),
    );
  }

  return {
    look() {
      const core = simulation.monitor();
      if (core === undefined) return;
      if (core !== last) startedAt = core.daemon.startedAt;
      last = core;
      watch.look();
      if (firstWarningAt === undefined && clock.now() >= onsetAt && isUnwell(core)) {
        firstWarningAt = clock.now();
      }
    },
    saw: () => ({ pages: watch.pages(), firstWarningAt }),
  };
}

function runsOf(canaries: Iterable<Canary>, startedAt: Instant): readonly Run[] {
  return [...canaries]
    .filter(({ launch: { route } }) => route.role === 'target')
    .map((canary) => {
      const { launch, acceptance, ingestion } = canary;
      return {
        probe: launch.route.probe,
        launchedMs: launch.launchedAt - startedAt,
        acceptedMs: acceptance === null ? null : acceptance.at.high - startedAt,
        seenMs: ingestion === null ? null : ingestion.seenAt - startedAt,
      };
    });
}

function lateAfterOf({ probes }: Config): number {
  return Math.min(...probes.map(({ policy }) => policy.lateAfterMs));
}

function truthOf(
  mails: readonly MailTruth[],
  { lateAfterMs, endAt }: { readonly lateAfterMs: number; readonly endAt: Instant },
): Truth {
  const own = mails.filter(({ destination }) => destination === 'helpdesk');
  const isOverdue = ({ acceptedAt }: MailTruth): boolean => acceptedAt + lateAfterMs < endAt;
  const tookMs = ({ copies, acceptedAt }: MailTruth): number =>
    copies[0] === undefined ? 0 : copies[0].at - acceptedAt;
  return {
    accepted: own.length,
    lost: own.filter(({ state }) => state === 'lost').length,
    late: own.filter((mail) => tookMs(mail) > lateAfterMs).length,
    missing: own.filter((mail) => mail.copies.length === 0 && isOverdue(mail)).length,
    requeued: own.filter(({ copies }) => copies[0]?.cause === 'requeue').length,
    duplicated: own.filter(({ copies }) => copies.length > 1).length,
  };
}

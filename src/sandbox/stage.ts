import type { Clock, Instant } from '../base/clock.ts';
import { MonitorError, messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { parseCommand } from './commands.ts';
import { createFastClock } from './fast-clock.ts';
import { playScenario, type Player } from './player.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';
import { loadScenario, type Scenario } from './scenario.ts';

export interface StageOptions {
  /** A scenario by name or path; undefined: good health until somebody says otherwise. */
  readonly incident: string | undefined;
  /** Seconds that pass on the stage in one second; undefined: two minutes of an incident. */
  readonly speed: number | undefined;
  /** The mailbox has the helpdesk's mail as well, at once. Default: no. */
  readonly isMailboxInFront?: boolean;
}

export interface StageTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A sandbox for the demo, on a clock as fast as is wished, with somebody to give it orders. */
export interface Stage extends Pick<
  Sandbox,
  'start' | 'stop' | 'recipients' | 'credentials' | 'truth'
> {
  readonly type: 'stage';
  readonly speed: number;
  /** By which everything lives that has to do with this sandbox. */
  readonly clock: Clock;
  readonly scenario: Pick<Scenario, 'name' | 'about' | 'lasts'> | undefined;
  /** Calls `url` for every new conversation, as a webhook of the helpdesk. */
  callHook(url: string, secret: string): void;
  /** Does what a line says; answers what there is to say about it, for a terminal. */
  obey(line: string): string;
  /** Plays the scenario; resolves at its end, or when the sandbox stops. Once; at once where there is none. */
  play(onStep: (say: string, at: Instant) => void): Promise<void>;
}

/** `why` in a sentence: there is no such scenario, or it has mistakes. */
export interface Refusal {
  readonly type: 'refused';
  readonly why: string;
}

/** A canary a minute is two a second then, which any machine bears; the sixty hours of 2015 take thirty minutes. */
const INCIDENT_SPEED = 120;

/**
 * Makes the sandbox of the demo; the one module of this folder that the program loads. Its files are
 * bundled apart, with base classes of their own: so it answers mistakes instead of throwing them.
 */
export async function openStage(
  options: StageOptions,
  tools: StageTools,
): Promise<Stage | Refusal> {
  let scenario: Scenario | undefined;
  try {
    scenario = options.incident === undefined ? undefined : await loadScenario(options.incident);
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error;
    return { type: 'refused', why: messageOf(error) };
  }
  const isOurs = scenario?.steps.some(({ monitor, clock }) => (monitor ?? clock) !== undefined);
  if (isOurs === true) {
    const why = `${scenario?.name ?? ''} stops the monitor or sets its clock: play it with mailcanary simulate`;
    return { type: 'refused', why };
  }
  return createStage(scenario, options, tools);
}

function createStage(
  scenario: Scenario | undefined,
  options: StageOptions,
  tools: StageTools,
): Stage {
  const { isMailboxInFront = false } = options;
  const speed = options.speed ?? (scenario === undefined ? 1 : INCIDENT_SPEED);
  const clock = speed === 1 ? tools.clock : createFastClock(tools.clock, speed);
  const { initial: dials = HEALTHY_DEMO, servers = 1 } = scenario ?? {};
  const sandbox = createSandbox({ dials, servers, isMailboxInFront }, { ...tools, clock });
  let player: Player | undefined;
  return {
    type: 'stage',
    speed,
    clock,
    scenario,
    recipients: sandbox.recipients,
    credentials: sandbox.credentials,
    truth: sandbox.truth,
    start: () => sandbox.start(),
    stop() {
      player?.stop();
      return sandbox.stop();
    },
    callHook: (url, secret) => sandbox.helpdesk.callHook(url, secret),
    obey: (line) => obey(line, sandbox, clock),
    async play(onStep) {
      if (scenario === undefined) return;
      player = playScenario(scenario, {
        ...tools,
        clock,
        sandbox,
        onStep: ({ say = 'something changes', at }) => onStep(say, at),
      });
      await player.ended;
    },
  };
}

/** Quick, so that the first verdicts come while somebody still looks. */
const HEALTHY_DEMO = {
  helpdesk: { delay: { type: 'lognormal', medianMs: 1_500, p99Ms: 5_000 }, lag: 2_000 },
} as const;

function obey(line: string, sandbox: Sandbox, clock: Clock): string {
  const command = parseCommand(line);
  switch (command.type) {
    case 'set':
      sandbox.dials.set(command.patch);
      return command.said;
    case 'recover':
      sandbox.dials.reset();
      return command.said;
    case 'requeue': {
      const { to, sinceMs, duplicates, said } = command;
      const count = sandbox.requeue(to, { since: clock.now() - sinceMs, duplicates });
      return `${said}: ${count}`;
    }
    case 'help':
    case 'unknown':
      return command.said;
  }
}

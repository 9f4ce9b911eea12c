import { whenAborted } from '../base/abort.ts';
import { startLoop } from '../base/loop.ts';
import type { Monitor } from '../monitor.ts';
import type { Stage } from '../sandbox/stage.ts';
import type { CliContext } from './context.ts';
import { createDemoBooks, truthOf, type DemoBooks, type DemoCounts } from './demo-books.ts';
import { demoCadenceMs } from './demo-config.ts';
import { createPageWatch, type WatchLine } from '../server/page-watch.ts';
import { lineOf } from './demo-story.ts';
import type { DemoOptions } from './demo-options.ts';
import {
  introText,
  lineText,
  progressLine,
  stageText,
  summaryText,
  type DemoIntro,
  type DemoScreen,
  type DemoTime,
} from './output/demo.ts';
import { createStyle } from './output/style.ts';

/** A demo that runs. */
export interface DemoScene {
  readonly monitor: Monitor;
  readonly stage: Stage;
  /** The monitor's configuration. */
  readonly file: string;
  /** The usual port, where it was taken. */
  readonly takenPort: number | undefined;
  readonly options: DemoOptions;
  readonly context: CliContext;
}

/** Of a person who watches. */
const LOOK_MS = 500;
/** Lines about good health in an incident; what happens is told besides. */
const PROGRESS_LINES = 12;

/** Tells what happens until it is over, then what it was. */
export async function showDemo(scene: DemoScene): Promise<void> {
  const { monitor, stage, options, context } = scene;
  const isIncident = stage.scenario !== undefined;
  const time: DemoTime = { startedAt: stage.clock.now(), isIncident };
  const books = createDemoBooks();
  const watch = createPageWatch(monitor.daemon, stage.speed);
  const teller = startTelling(scene, time);
  const progress = createProgress(scene, time, books);
  const stopListening = monitor.subscribe((event, canary) => {
    books.note(event, canary);
    const line = isIncident ? undefined : lineOf(event, canary);
    if (line !== undefined) teller.tell(line);
  });
  const loop = startLoop({
    clock: context.clock,
    round() {
      for (const line of [...watch.look(), ...progress()]) teller.tell(line);
      return Promise.resolve(LOOK_MS);
    },
  });
  const over = new AbortController();
  try {
    await Promise.race([
      whenAborted(AbortSignal.any([context.signal, over.signal])),
      loop.ended, // a bug of ours
      ...(options.for === undefined ? [] : [context.clock.sleep(options.for, over.signal)]),
      ...(isIncident ? [stage.play((said) => teller.say(said))] : []),
    ]);
  } finally {
    over.abort();
    await loop.stop();
    stopListening();
    teller.close();
  }
  const lastedMs = stage.clock.now() - time.startedAt;
  const facts = { counts: books.counts(), pages: watch.pages(), truth: truthAt(scene) };
  context.out(summaryText({ lastedMs, speed: stage.speed, time, ...facts }, screenOf(context)));
}

interface Teller {
  tell(line: WatchLine): void;
  /** Something that the sandbox does. */
  say(said: string): void;
  close(): void;
}

/** Prints the introduction, and takes orders from then on. */
function startTelling(scene: DemoScene, time: DemoTime): Teller {
  const { stage, context } = scene;
  const screen = (): DemoScreen => screenOf(context);
  const said = (text: string): string =>
    stageText(text, stage.clock.now(), { time, screen: screen() });
  context.out(introText(introOf(scene), screen()));
  const input = context.readLines((line) => input.print(said(stage.obey(line))));
  return {
    tell: (line) => input.print(lineText(line, time, screen())),
    say: (text) => input.print(said(text)),
    close: () => input.close(),
  };
}

/** Each so often, how many canaries came; answers the lines that are due. */
function createProgress(
  { stage }: DemoScene,
  { startedAt, isIncident }: DemoTime,
  books: DemoBooks,
): () => readonly WatchLine[] {
  const everyMs = isIncident ? (stage.scenario?.lasts ?? 0) / PROGRESS_LINES : Infinity;
  let before: ReadonlyMap<string, DemoCounts> = new Map();
  let due = startedAt + everyMs;
  return () => {
    const at = stage.clock.now();
    if (at < due) return [];
    due += everyMs;
    const counts = new Map(books.counts());
    const lines = [...counts].map(([probe, now]) =>
      progressLine(probe, { before: before.get(probe), now, at }),
    );
    before = counts;
    return lines;
  };
}

function truthAt({ stage, monitor }: DemoScene) {
  const mails = stage.truth.all().filter(({ destination }) => destination === 'helpdesk');
  const target = monitor.daemon.probes().find(({ route }) => route.role === 'target');
  return truthOf(mails, target?.policy.lateAfterMs ?? Infinity);
}

function introOf({ monitor, stage, options, file, takenPort }: DemoScene): DemoIntro {
  const { host, port } = monitor.address;
  const { scenario, speed, recipients } = stage;
  return {
    url: `http://${host}:${port}/`,
    file,
    takenPort,
    recipients,
    incident: scenario && { ...scenario, lastsMs: scenario.lasts, speed },
    cadenceMs: demoCadenceMs(stage),
    forMs: options.for,
  };
}

function screenOf({ screen, colour, isTerminal }: CliContext): DemoScreen {
  return { columns: screen.columns(), style: createStyle(colour && isTerminal.out) };
}

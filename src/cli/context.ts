import type { Clock } from '../base/clock.ts';
import { MonitorError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Holder } from '../ledger/holder.ts';
import type { LineInput } from './line-input.ts';

/** All that a command may touch of the world outside. */
export interface CliContext {
  readonly clock: Clock;
  readonly random: Random;
  /** Machine output and results. */
  readonly out: (text: string) => void;
  /** Talk: progress, warnings, errors. */
  readonly err: (text: string) => void;
  /** Whether results, and talk, go to a person's terminal. */
  readonly isTerminal: { readonly out: boolean; readonly err: boolean };
  /** The terminal that results go to; without one, of no limit. */
  readonly screen: Screen;
  /** Colour is wanted on a terminal: NO_COLOR is not set. */
  readonly colour: boolean;
  /** Fires at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Calls back at each SIGHUP; until then it ends the process. */
  readonly onHangup: (listener: () => void) => void;
  /** Whether a process of this machine lives. */
  readonly isAlive: (pid: number) => boolean;
  readonly nodeVersion: string;
  readonly env: (name: string) => string | undefined;
  /** Asks for a password without echo; undefined when nobody is there to ask. */
  readonly askSecret: ((question: string) => Promise<string>) | undefined;
  /** Reads lines beside what is printed from then on. */
  readonly readLines: (onLine: (line: string) => void) => LineInput;
  /** Takes the arguments out of the process title, where every user of the machine could read them. */
  readonly hideArguments: () => void;
}

export interface Screen {
  columns(): number;
  rows(): number;
  /** Calls back when its size changed; answers how to stop. */
  onResize(listener: () => void): () => void;
}

/** Whether a holder still has its ledger: of one that was killed its name may have stayed. */
export function isHeld(
  holder: Holder | undefined,
  { isAlive }: Pick<CliContext, 'isAlive'>,
): holder is Holder {
  if (holder === undefined) return false;
  return holder.isAlive ?? (holder.pid !== undefined && isAlive(holder.pid));
}

/** A command that cannot go on: said in one sentence to a person; exit code 3. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Whether an error is one to tell in a sentence; others are our own bugs. */
export function isTold(error: unknown): error is UsageError | MonitorError {
  return error instanceof UsageError || error instanceof MonitorError;
}

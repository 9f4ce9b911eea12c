import { inspect } from 'node:util';
import { MonitorError } from '../../../src/base/errors.ts';
import type { Logger } from '../../../src/base/logger.ts';
import { createSystemClock } from '../../../src/base/system.ts';
import type { Look, Observer } from '../../../src/observers/observer.ts';

/** The clock of the tests and of the observers that they look at. */
export const contractClock = createSystemClock();
const clock = contractClock;

/** Looks on from a cursor; the mail read is that of the last minute. */
export function lookFrom(observer: Observer, cursor?: unknown): Promise<Look> {
  const { signal } = new AbortController();
  return observer.look({ cursor, since: clock.now() - 60_000, signal });
}

export const idsOf = (look: Look): string[] =>
  look.observations.map((observation) => observation.token.id).sort();
export const copiesOf = (look: Look): string[] =>
  look.observations.map((observation) => observation.externalId).sort();

export async function failureOf(work: Promise<unknown>): Promise<MonitorError> {
  const error: unknown = await work.then(
    (value) => new Error(`did not fail but gave ${inspect(value)}`),
    (cause: unknown) => cause,
  );
  if (!(error instanceof MonitorError)) throw error;
  return error;
}

/** Stops what is tried too early and tries again when it may be tried; every other failure is one. */
export async function lookAgain(observer: Observer, cursor?: unknown): Promise<Look> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await lookFrom(observer, cursor);
    } catch (error) {
      if (!(error instanceof MonitorError) || !error.retryable || attempt > 20) throw error;
      await clock.sleep(error.retryAfterMs ?? 50);
    }
  }
}

export async function timed<T>(work: Promise<T>): Promise<{ result: T; ms: number }> {
  const start = clock.now();
  const result = await work;
  return { result, ms: clock.now() - start };
}

export function recordingLogger(): { readonly logger: Logger; text(): string } {
  const lines: unknown[] = [];
  const note = (fields: object, message: string): void => void lines.push({ fields, message });
  return {
    logger: { debug: note, info: note, warn: note, error: note },
    text: () => inspect(lines, { depth: 20 }),
  };
}

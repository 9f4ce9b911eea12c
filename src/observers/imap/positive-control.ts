import type { Clock } from '../../base/clock.ts';
import { withDeadline } from '../../base/deadline.ts';
import type { Random } from '../../base/random.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Expectation, Look, PositiveControl } from '../observer.ts';
import type { ImapConfig } from './config.ts';
import { closeLine, type Line } from './connection.ts';
import { readCursor, type FolderMark, type Marks } from './cursor.ts';
import { explain, known, stopped } from './failure.ts';
import { listFolders, planFolders, type FolderPlan } from './folders.ts';
import { markerOf, putMarker, sweepMarkers, takeMarker } from './marker.ts';
import { folderStatus, openFolder, lastUid } from './reading.ts';
import type { Letter } from './reply.ts';
import type { Session } from './session.ts';

export interface ControlParts {
  readonly config: ImapConfig;
  readonly tools: { readonly clock: Clock; readonly random: Random; readonly keys: TokenKeys };
  /** Who it is about, for messages. */
  readonly server: string;
  readonly session: Pick<Session, 'openApart' | 'current'>;
  /** The observer ends. */
  readonly closing: AbortSignal;
}

export interface ImapControl extends PositiveControl {
  /** Sees each mail that a look reads. */
  readonly onLetter: (letter: Letter) => void;
}

/** A server of several machines may take a moment to tell one connection what another one has done; no longer than a look may take. */
const LONGEST_WITHIN_MS = 10_000;

/** Undefined where nobody wants one. */
export function createImapControl(parts: ControlParts): ImapControl | undefined {
  const { control } = parts.config;
  if (control === undefined) return undefined;
  const { session, tools } = parts;
  /** Markers that looks have seen and that were not taken away yet. */
  const seen = new Set<string>();
  let isSwept = false;
  let requests = 0;
  const withinMs = Math.min(LONGEST_WITHIN_MS, parts.config.timeoutMs);

  async function expectMarker(line: Line, plan: FolderPlan): Promise<Expectation> {
    const { path } = plan.folders[0];
    if (!isSwept) await sweepMarkers(line, path, { ...tools, now: tools.clock.now() });
    isSwept = true;
    const marker = await putMarker(line, path, { ...tools, now: tools.clock.now() });
    return {
      what: `the marker that was put into "${path}"`,
      withinMs,
      isMetBy: () => seen.has(marker.word),
      async clear(signal) {
        await alone(signal, (own) => takeMarker(own, marker, tools.keys));
        seen.delete(marker.word);
      },
    };
  }

  function alone<T>(signal: AbortSignal, body: (line: Line) => Promise<T>): Promise<T> {
    return apart(parts, signal, async (line) => {
      try {
        return await body(line);
      } finally {
        requests += line.commands();
      }
    });
  }

  return {
    how:
      control.manner === 'append'
        ? 'a marker of ours, put into the first folder, has to be seen'
        : 'what another connection finds in the folders has to be seen',
    everyMs: control.everyMs,
    expect: (signal) =>
      alone(signal, async (line) => {
        const plan = planFolders(await listFolders(line), parts.config.folders);
        return control.manner === 'append'
          ? expectMarker(line, plan)
          : { ...(await expectMarks(line, plan)), withinMs };
      }),
    renew: () => session.current()?.line.drop(),
    requests: () => requests,
    onLetter({ headers }) {
      const marker = markerOf(headers, tools.keys);
      if (marker !== undefined) seen.add(marker.word);
    },
  };
}

/** What another connection finds in the folders: a look must have come as far, under the same UIDVALIDITY. */
async function expectMarks(
  line: Line,
  { folders }: FolderPlan,
): Promise<Pick<Expectation, 'what' | 'isMetBy'>> {
  const expected = new Map<string, FolderMark>();
  for (const [index, { path }] of folders.entries()) {
    expected.set(path, index === 0 ? await lastMark(line, path) : await folderStatus(line, path));
  }
  return {
    what: 'what another connection finds in the folders',
    isMetBy: (look) => hasComeTo(look, expected),
  };
}

/** By the last mail that is there: UIDNEXT also counts those that came and went between two looks. */
async function lastMark(line: Line, path: string): Promise<FolderMark> {
  const { uidValidity } = await openFolder(line, path);
  return { uidValidity, uidNext: (await lastUid(line)) + 1 };
}

function hasComeTo({ cursor }: Look, expected: Marks): boolean {
  const marks = readCursor(cursor);
  return [...expected].every(([path, { uidValidity, uidNext }]) => {
    const mark = marks.get(path);
    return mark?.uidValidity === uidValidity && mark.uidNext >= uidNext;
  });
}

/** On a connection of its own, which then ends. @throws MonitorError */
async function apart<T>(
  { config, tools, server, session, closing }: ControlParts,
  signal: AbortSignal,
  body: (line: Line) => Promise<T>,
): Promise<T> {
  const outer = AbortSignal.any([signal, closing]);
  const deadline = { clock: tools.clock, ms: config.timeoutMs, what: server, signal: outer };
  try {
    return await withDeadline(deadline, async (inner) => {
      const line = await session.openApart(inner);
      const drop = (): void => line.drop();
      inner.addEventListener('abort', drop, { once: true });
      try {
        return await body(line);
      } catch (error) {
        throw explain(error, line.context);
      } finally {
        inner.removeEventListener('abort', drop);
        await closeLine(line, tools.clock);
      }
    });
  } catch (error) {
    throw outer.aborted ? stopped(server) : known(error, server);
  }
}

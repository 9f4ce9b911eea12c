import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { Place } from '../../domain/sighting.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Feed } from '../feed/feed.ts';
import { createFeedObserver } from '../feed/observer.ts';
import type { Observer } from '../observer.ts';
import { checkDatabase } from './check.ts';
import type { SqlConfig } from './config.ts';
import { createIdMemory } from './ids.ts';
import { peekRows, readRows, type ReadingTools } from './reading.ts';
import { readMail, stampQuantum } from './rows.ts';
import { createSqlSession } from './session.ts';

export interface SqlTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
  readonly logger: Logger;
}

/** Programs fetch mail once a minute or so; a look more often than this brings nothing. */
const SHORTEST_PAUSE_MS = 1_000;

/** Looks for canaries in the rows of a database. It cannot write there. */
export function createSqlObserver(name: string, config: SqlConfig, tools: SqlTools): Observer {
  const session = createSqlSession(config, tools.clock);
  const reading = { clock: tools.clock, config, session, ids: createIdMemory() };
  return createFeedObserver(
    {
      name,
      type: 'sql',
      what: session.what,
      capabilities: {
        minPauseMs: SHORTEST_PAUSE_MS,
        indexLagMs: 0,
        stampQuantumMs: stampQuantum(config.quantumMs),
      },
      feed: createSqlFeed(reading),
      check: (signal) => checkDatabase(reading, signal),
      control: config.control,
      close: () => session.close(),
    },
    tools,
  );
}

/** One list: the query. */
function createSqlFeed(tools: ReadingTools): Feed {
  const { config, session, ids } = tools;
  const places = new Set<Place>(['inbox', ...Object.values(config.places)]);
  return {
    views: [{ name: 'rows', places: [...places] }],
    begin: (signal) => session.learnTime(signal),
    read: (_view, options) => readRows(tools, options),
    async locate(externalId, signal) {
      const id = ids.of(externalId);
      if (id === undefined) return undefined;
      const [row] = await peekRows(tools, { above: id - 1n, limit: 1 }, signal);
      if (row === undefined) return undefined;
      const { item } = readMail(row, config, session.form());
      return item.externalId === externalId ? item.place : undefined;
    },
    requests: () => session.requests(),
    offset: () => session.offset(),
  };
}

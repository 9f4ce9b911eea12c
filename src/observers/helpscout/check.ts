import type { Clock } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { Interval } from '../../domain/latency.ts';
import { clockWarnings, clockWords } from '../http/clock-words.ts';
import {
  clockFact,
  inboxFact,
  loginFact,
  misfiledFact,
  NO_DATE,
  oneLine,
  rateSaid,
  readFact,
  tidyFact,
  type Rights,
} from '../facts.ts';
import type { Http } from '../http/http.ts';
import type { ObserverReport } from '../observer.ts';
import type { Api } from './api.ts';
import type { HelpscoutConfig } from './config.ts';

/** Search indexes lag by seconds, and by more on bad days (semantics B2). */
const SAFE_INDEX_LAG_MS = 60_000;

/** Logs in, finds the inbox, reads both lists. @throws MonitorError with what to fix */
export async function checkInbox(
  config: HelpscoutConfig,
  tools: { readonly api: Api; readonly http: Http; readonly clock: Clock },
  signal: AbortSignal,
): Promise<ObserverReport> {
  const { api, http, clock } = tools;
  const mailbox = await findMailbox(config, api, signal);
  const from = clock.now() - SAFE_INDEX_LAG_MS;
  await api.list({ view: 'all', from, madeFrom: 0, page: 1 }, signal);
  await api.list({ view: 'spam', from, madeFrom: 0, page: 1 }, signal);
  const offset = http.offset();
  const left = http.budget.lastSaid();
  const rate = left === undefined ? 'no rate limit seen' : `${left} requests left this minute`;
  const name = oneLine(`${mailbox.name} <${mailbox.email}>`);
  return {
    summary: `${config.url.host}: inbox ${name}, spam readable, ${clockWords(offset)}, ${rate}`,
    warnings: warningsOf(config, offset, left),
    facts: {
      login: loginFact(
        `app ${config.appId}`,
        `at ${config.url.host}, by app ${config.appId} (OAuth 2.0, client credentials)`,
      ),
      read: readFact('inbox, conversations and spam: one page of each list'),
      tidy: tidyFact(config.tidy, RIGHTS),
      inbox: inboxFact([{ name, place: 'inbox' }], ''),
      misfiled: misfiledFact([{ name: 'spam', place: 'spam' }], { state: 'ok', why: '' }),
      clock: clockFact(offset, NO_DATE),
      rate: rateSaid(http),
    },
  };
}

const RIGHTS: Rights = {
  close: null,
  delete: null,
  why: 'Help Scout does not tell what the app may: that shows at the first copy',
};

async function findMailbox(
  config: HelpscoutConfig,
  api: Api,
  signal: AbortSignal,
): ReturnType<Api['mailbox']> {
  try {
    return await api.mailbox(config.mailboxId, signal);
  } catch (error) {
    if (!(error instanceof MonitorError) || error.reason !== 'config') throw error;
    throw new MonitorError(
      `${config.url.host}: there is no inbox ${config.mailboxId}, or the app's user may not see it`,
      { reason: 'config', retryable: false },
    );
  }
}

function warningsOf(
  config: HelpscoutConfig,
  offset: Interval | undefined,
  left: number | undefined,
): readonly string[] {
  const warnings = [...clockWarnings(offset)];
  if (config.indexLagMs < SAFE_INDEX_LAG_MS) {
    warnings.push('index_lag is under 60s: a slow search index would make canaries overdue');
  }
  if (left !== undefined && left < config.requestsPerMinute) {
    warnings.push('the account has fewer requests left this minute than requests_per_minute');
  }
  return warnings;
}

import type { Clock } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
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
import type { FreescoutConfig } from './config.ts';

/** Shows the key, finds the mailbox, reads the three lists. @throws MonitorError with what to fix */
export async function checkMailbox(
  config: FreescoutConfig,
  { api, http, clock }: { readonly api: Api; readonly http: Http; readonly clock: Clock },
  signal: AbortSignal,
): Promise<ObserverReport> {
  const { host } = config.url;
  const mailbox = await api.mailbox(signal);
  if (mailbox === undefined) {
    const message = `${host}: there is no mailbox ${config.mailboxId}`;
    throw new MonitorError(message, { reason: 'config', retryable: false });
  }
  const from = clock.now();
  for (const view of ['all', 'spam', 'trash'] as const) {
    await api.list({ view, from, madeFrom: 0, page: 1 }, signal);
  }
  const offset = http.offset();
  const name = oneLine(mailbox);
  return {
    summary: `${host}: mailbox ${name}, spam and deleted readable, ${clockWords(offset)}`,
    warnings: clockWarnings(offset),
    facts: {
      login: loginFact(null, `at ${host}, by API key, which is nobody in particular`),
      read: readFact('mailbox, conversations, spam and deleted ones: one page of each list'),
      tidy: tidyFact(config.tidy, RIGHTS),
      inbox: inboxFact([{ name, place: 'inbox' }], ''),
      misfiled: misfiledFact(SPOTS, { state: 'ok', why: '' }),
      clock: clockFact(offset, NO_DATE),
      rate: rateSaid(http),
    },
  };
}

const RIGHTS: Rights = {
  close: null,
  delete: null,
  why: 'FreeScout does not tell what a key may: that shows at the first copy',
};

const SPOTS = [
  { name: 'spam', place: 'spam' },
  { name: 'trash', place: 'trash' },
] as const;

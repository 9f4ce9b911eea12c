import { clockWarnings, clockWords } from '../http/clock-words.ts';
import {
  clockFact,
  inboxFact,
  loginFact,
  misfiledFact,
  NO_DATE,
  rateSaid,
  readFact,
  tidyFact,
  type Spot,
} from '../facts.ts';
import type { Http } from '../http/http.ts';
import type { ObserverReport } from '../observer.ts';
import type { Api } from './api.ts';
import type { ZammadConfig } from './config.ts';

/** Logs in and reads the list. @throws MonitorError with what to fix */
export async function checkTickets(
  config: ZammadConfig,
  { api, http }: { readonly api: Api; readonly http: Http },
  signal: AbortSignal,
): Promise<ObserverReport> {
  const { login, roles } = await api.me(signal);
  const tickets = await api.tickets({ page: 1, size: 1 }, signal);
  const { spam, tidy, url } = config;
  const offset = http.offset();
  const warnings = [...clockWarnings(offset)];
  const isAdmin = roles.some((role) => role.toLowerCase() === 'admin');
  if (tidy.manner === 'delete' && !isAdmin) {
    warnings.push('tidy: delete needs the permission admin, and the user has no role Admin');
  }
  const words = [
    ...spam.states.map((name) => `state ${name}`),
    ...spam.groups.map((name) => `group ${name}`),
  ];
  const places = words.length === 0 ? 'no spam configured' : `spam is ${words.join(', ')}`;
  // A new Zammad, or a user whose groups lack the right read.
  const readable = tickets.length === 0 ? 'no ticket readable yet' : 'tickets readable';
  const user = login.replace(/\s+/g, ' ').slice(0, 100);
  return {
    summary: `${url.host}: user ${user}, ${readable}, ${places}, ${clockWords(offset)}`,
    warnings,
    facts: {
      login: loginFact(user, `as ${user} at ${url.host}, by token`),
      read: readFact(readable, tickets.length === 0 ? 'unknown' : 'ok'),
      tidy: tidyFact(tidy, {
        close: null,
        delete: isAdmin ? true : null,
        why: isAdmin
          ? 'it may delete (role Admin); whether it may close shows at the first copy'
          : 'no role Admin, which may delete; whether it may close shows at the first copy',
      }),
      inbox: inboxFact([{ name: 'all tickets that the token may read', place: 'inbox' }], ''),
      misfiled: misfiledFact(spotsOf(spam), {
        state: 'unknown',
        why: 'Zammad has no spam of its own, and spam_states and spam_groups name none',
      }),
      clock: clockFact(offset, NO_DATE),
      rate: rateSaid(http),
    },
  };
}

function spotsOf({ states, groups }: ZammadConfig['spam']): readonly Spot[] {
  return [
    ...states.map((name): Spot => ({ name: `state ${name}`, place: 'spam' })),
    ...groups.map((name): Spot => ({ name: `group ${name}`, place: 'spam' })),
  ];
}

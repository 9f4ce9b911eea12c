import { clockWarnings, clockWords } from '../http/clock-words.ts';
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
  if (tidy.manner === 'delete' && !roles.some((role) => role.toLowerCase() === 'admin')) {
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
  };
}

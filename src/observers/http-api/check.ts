import type { Clock } from '../../base/clock.ts';
import { clockWarnings, clockWords } from '../http/clock-words.ts';
import {
  clockFact,
  inboxFact,
  loginFact,
  misfiledFact,
  NEVER_TIDIES,
  NO_DATE,
  rateSaid,
  readFact,
  tidyFact,
  type Spot,
} from '../facts.ts';
import type { ObserverFacts, ObserverReport } from '../observer.ts';
import type { HttpApiConfig } from './config.ts';
import type { ListPage, ListReader } from './list.ts';
import { FIELD_NAMES } from './reply.ts';
import type { Requests } from './requests.ts';

/** What is asked for is so old at most: something should be there, and not too much. */
const SAMPLE_MS = 7 * 86_400_000;

/** Reads the first page of each list. @throws MonitorError with what to fix */
export async function checkApi(
  config: HttpApiConfig,
  tools: {
    readonly clock: Clock;
    readonly requests: Requests;
    readonly lists: readonly ListReader[];
  },
  signal: AbortSignal,
): Promise<ObserverReport> {
  const { clock, requests, lists } = tools;
  const found: { readonly list: ListReader; readonly page: ListPage }[] = [];
  for (const list of lists) {
    const since = clock.now() - SAMPLE_MS;
    const reply = await requests.page(list.view, { since }, signal);
    found.push({ list, page: list.read(reply, {}) });
  }
  const { http } = requests;
  const offset = http.offset();
  const left = http.budget.lastSaid();
  const rate = left === undefined ? 'no rate limit seen' : `${left} requests left`;
  const words = found.map(({ list, page }) => `${list.name} ${page.items.length} items`).join(', ');
  return {
    summary: `${config.url.host}: first pages: ${words}, ${clockWords(offset)}, ${rate}`,
    warnings: [
      ...fieldWarnings(
        found.map(({ page }) => page),
        config,
      ),
      ...clockWarnings(offset),
    ],
    facts: {
      login: loginOf(config),
      read: readFact(`first pages: ${words}`),
      tidy: tidyFact(config.tidy, NEVER_TIDIES),
      inbox: inboxFact(spotsOf(config), 'no view and no value of places is the inbox'),
      misfiled: misfiledFact(spotsOf(config), {
        state: 'unknown',
        why: 'no view and no value of places is spam',
      }),
      clock: clockFact(offset, NO_DATE),
      rate: rateSaid(http),
    },
  };
}

function loginOf(config: HttpApiConfig): ObserverFacts['login'] {
  const { host } = config.url;
  const { user } = config.auth;
  return loginFact(user ?? null, `at ${host}, ${showing(config)}`);
}

function showing({ auth, headers }: HttpApiConfig): string {
  if (auth.user !== undefined) return `as ${auth.user}, by password`;
  if (auth.bearer !== undefined) return 'by bearer token';
  if (auth.oauth2 !== undefined) return 'by OAuth 2.0';
  const names = Object.keys(headers);
  if (names.length === 0) return 'nobody logs in: the file names no auth';
  return `by ${names.length === 1 ? 'header' : 'headers'} ${names.join(', ')}`;
}

/** A view may hold several places; values of an item say more where there are some. */
function spotsOf({ views, places, fields }: HttpApiConfig): readonly Spot[] {
  const values = fields.place === undefined ? [] : Object.entries(places);
  return [
    ...Object.entries(views).flatMap(([name, view]) =>
      view.places.map((place): Spot => ({ name: `list ${name}`, place })),
    ),
    ...values.map(([value, place]): Spot => ({ name: value, place })),
  ];
}

/** How often a field could not be read; nothing of what stood there. */
function fieldWarnings(pages: readonly ListPage[], config: HttpApiConfig): readonly string[] {
  const items = pages.flatMap((page) => page.items);
  const nameless = pages.reduce((sum, page) => sum + page.nameless, 0);
  const warnings: string[] = [];
  if (nameless > 0)
    warnings.push(`fields.id gives nothing for ${nameless} items: they are passed over`);
  for (const name of FIELD_NAMES) {
    if (config.fields[name] === undefined) continue;
    const unread = items.filter((item) => item.unread.includes(name)).length;
    if (unread > 0)
      warnings.push(`fields.${name} cannot be read in ${unread} of ${items.length} items`);
    const isMute = items.length > 0 && items.every((item) => item.empty.includes(name));
    if (isMute) warnings.push(`fields.${name} gives nothing in any of ${items.length} items`);
  }
  const isPlaced = config.fields.place !== undefined && items.length > 0;
  if (isPlaced && items.every(({ item }) => item.place === 'other')) {
    warnings.push('no item has a place that places knows: all count as other');
  }
  return warnings;
}

import * as z from 'zod';
import type { Clock } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { Secret } from '../../base/secret.ts';
import {
  fixedAuthorization,
  tokenAuthorization,
  type KnownAuthorization,
} from '../http/authorization.ts';
import type { HttpCall } from '../http/courier.ts';
import type { Exchange, HttpReply } from '../http/exchange.ts';
import { createHttp, type Http } from '../http/http.ts';
import type { HttpApiConfig, View } from './config.ts';
import { fillJson, fillPath, type TemplateValues } from './template.ts';

/** Where a reading is in its pages. */
export const Position = z.object({
  page: z.int().nonnegative().optional(),
  cursor: z.string().optional(),
  /** Path and query of the next page, as the reply gave it. */
  next: z.string().startsWith('/').optional(),
});
export type Position = z.output<typeof Position>;

/** The requests of a configuration. All throw MonitorError. */
export interface Requests {
  readonly http: Http;
  page(
    view: View,
    at: Position & { readonly since: number },
    signal: AbortSignal,
  ): Promise<HttpReply>;
  /** Undefined where there is none of that id. */
  byId(template: string, id: string, signal: AbortSignal): Promise<HttpReply | undefined>;
  /** Path and query of a link within a reply. */
  linkPath(link: string): string;
}

/** A list that shows whole bodies must be read, whatever somebody sends. */
const PAGE_LIMIT = 32 * 1_024 * 1_024;
const GONE = [404, 410];

export function createRequests(
  config: HttpApiConfig,
  tools: { readonly clock: Clock; readonly keys: readonly Secret[]; readonly exchange?: Exchange },
): Requests {
  const { url, headers } = config;
  const base = url.pathname.replace(/\/$/, '');
  const values = Object.values(headers);
  const http: Http = createHttp({
    // Links of replies are paths from the root.
    baseUrl: new URL(url.origin),
    timeoutMs: config.timeoutMs,
    requestsPerMinute: config.requestsPerMinute,
    secrets: () => [...values, ...tools.keys, ...(authorization?.secrets() ?? lasting(config))],
    remainingHeader: config.remainingHeader,
    limitHeader: config.limitHeader,
    clock: tools.clock,
    ...(tools.exchange === undefined ? {} : { exchange: tools.exchange }),
  });
  const authorization = authorizationOf(config, http, tools.clock);
  const ask = createAsk(http, headers, authorization);

  return {
    http,
    page(view, { since, page, cursor, next }, signal) {
      if (next !== undefined) return ask(next, {}, signal);
      const given: TemplateValues = {
        since,
        page: page ?? view.first_page,
        ...(cursor === undefined ? {} : { cursor }),
      };
      const path = `${base}${fillPath(view.path, given)}`;
      if (view.body === undefined) return ask(path, {}, signal);
      const text = JSON.stringify(fillJson(view.body, given));
      const body = { type: 'application/json', text };
      return ask(path, { method: 'POST', body }, signal);
    },
    async byId(template, id, signal) {
      const path = `${base}${fillPath(template, { id })}`;
      const reply = await ask(path, { allow: GONE }, signal);
      return GONE.includes(reply.status) ? undefined : reply;
    },
    linkPath(link) {
      const target = URL.canParse(link, url.href) ? new URL(link, url) : undefined;
      if (target?.origin === url.origin) return `${target.pathname}${target.search}`;
      throw new MonitorError(`${url.host}: the next page is at another host, or nowhere`, {
        reason: 'bad-reply',
        retryable: true,
      });
    },
  };
}

type Ask = (path: string, more: Partial<HttpCall>, signal: AbortSignal) => Promise<HttpReply>;

/** Values of headers may stand in files, which are read again when they are refused. */
function createAsk(
  http: Pick<Http, 'call'>,
  headers: HttpApiConfig['headers'],
  authorization: KnownAuthorization | undefined,
): Ask {
  const values = Object.values(headers);
  const call = (path: string, more: Partial<HttpCall>): HttpCall => ({
    path,
    ...(authorization === undefined ? {} : { authorization }),
    headers: plainHeaders(headers),
    bodyLimit: PAGE_LIMIT,
    ...more,
  });
  return async (path, more, signal) => {
    try {
      return await http.call(call(path, more), signal);
    } catch (error) {
      const isRefused = error instanceof MonitorError && error.reason === 'auth';
      const hasOthers = isRefused && values.map((value) => value.refresh()).includes(true);
      if (!hasOthers) throw error;
      return http.call(call(path, more), signal);
    }
  };
}

function plainHeaders(headers: HttpApiConfig['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, secret]) => [name.toLowerCase(), secret.reveal()]),
  );
}

function lasting({ auth }: HttpApiConfig): readonly Secret[] {
  const { bearer, password, oauth2 } = auth;
  return [bearer, password, oauth2?.clientSecret, oauth2?.refreshToken].filter(
    (secret) => secret !== undefined,
  );
}

function authorizationOf(
  config: HttpApiConfig,
  http: Http,
  clock: Clock,
): KnownAuthorization | undefined {
  const { bearer, user, password, oauth2 } = config.auth;
  if (oauth2 !== undefined) {
    const tokens = tokenAuthorization(oauth2, http, clock);
    return { ...tokens, secrets: () => [...lasting(config), ...tokens.secrets()] };
  }
  if (bearer !== undefined) return fixedAuthorization(bearer, (plain) => `Bearer ${plain}`);
  if (user === undefined || password === undefined) return undefined;
  return fixedAuthorization(
    password,
    (plain) => `Basic ${Buffer.from(`${user}:${plain}`).toString('base64')}`,
  );
}

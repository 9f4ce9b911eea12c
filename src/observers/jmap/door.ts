import type * as z from 'zod';
import { createSharedWork } from '../../base/shared-work.ts';
import type { Http } from '../http/http.ts';
import type { JmapConfig } from './config.ts';
import { badConfig, badReply, failureOfCall } from './failure.ts';
import type { Login } from './login.ts';
import { Answers, CORE, MAIL, MethodError, Session } from './reply.ts';

/** One method call: name, arguments without the account, id by which its answer is found. */
export type Call = readonly [name: string, args: Readonly<Record<string, unknown>>, id: string];

/** The answers to the calls of one request. */
export interface Answered {
  /** The answer to a call, in the form of a schema. @throws MonitorError when it failed, or has another form. */
  get<T extends z.ZodType>(id: string, schema: T): z.output<T>;
  /** The type of the error that a call was answered with, if it was. */
  errorOf(id: string): string | undefined;
}

/** A session as we use it. */
export interface Opened {
  readonly accountId: string;
  readonly isReadOnly: boolean;
  /** Who the server takes us for (RFC 8620 section 2); empty where it does not say. */
  readonly username: string;
  /** Below our host, with its query. */
  readonly apiPath: string;
  /** A template (RFC 8620 section 7.3); undefined where there is no push. */
  readonly eventSource: string | undefined;
  readonly mostObjects: number;
}

/** The way into a JMAP server: session and calls. All throw MonitorError. */
export interface Door {
  /** The session, asked for once and again when it has changed. */
  open(signal: AbortSignal): Promise<Opened>;
  ask(calls: readonly Call[], signal: AbortSignal): Promise<Answered>;
  /** Counts the sessions: what was learned in an earlier one may not hold any more. */
  generation(): number;
  /** The session may be another one: it is asked for again. */
  forget(): void;
}

/** Of one request; more calls than this are never made in one. */
const CALLS_NEEDED = 3;
const SESSION_LIMIT = 4 * 1_024 * 1_024;
const ANSWER_LIMIT = 32 * 1_024 * 1_024;

export interface DoorTools {
  readonly http: Pick<Http, 'json'>;
  readonly login: Login;
}

export function createDoor(config: JmapConfig, { http, login }: DoorTools): Door {
  const what = config.url.host;
  let current: { readonly opened: Opened; readonly state: string } | undefined;
  let generation = 0;

  const asked = createSharedWork(`a session at ${what}`, async (signal) => {
    const call = { path: sessionPath(config.url), authorization: login, bodyLimit: SESSION_LIMIT };
    const session = await http.json(call, Session, signal);
    current = { opened: openedBy(session, config), state: session.state };
    generation += 1;
    return current.opened;
  });

  const open = async (signal: AbortSignal): Promise<Opened> =>
    current?.opened ?? (await asked.join(signal));

  return {
    open,
    generation: () => generation,
    forget() {
      current = undefined;
    },
    async ask(calls, signal) {
      const { accountId, apiPath } = await open(signal);
      const methodCalls = calls.map(([name, args, id]) => [name, { accountId, ...args }, id]);
      const text = JSON.stringify({ using: [CORE, MAIL], methodCalls });
      const body = { type: 'application/json', text };
      const call = { method: 'POST', path: apiPath, authorization: login, body } as const;
      const answers = await http.json({ ...call, bodyLimit: ANSWER_LIMIT }, Answers, signal);
      if (answers.sessionState !== current?.state) current = undefined;
      return read(answers, calls, what);
    },
  };
}

function sessionPath({ pathname, search }: URL): string {
  return pathname === '/' ? '/.well-known/jmap' : `${pathname}${search}`;
}

function openedBy(session: Session, config: JmapConfig): Opened {
  const { maxCallsInRequest, maxObjectsInGet } = session.capabilities[CORE];
  const what = config.url.host;
  if (maxCallsInRequest < CALLS_NEEDED) {
    throw badReply(
      `${what} takes ${maxCallsInRequest} calls a request, ${CALLS_NEEDED} are needed`,
    );
  }
  const accountId = findAccount(session, config);
  return {
    accountId,
    isReadOnly: session.accounts[accountId]?.isReadOnly ?? false,
    username: session.username,
    apiPath: pathHere(session.apiUrl, config.url),
    eventSource: session.eventSourceUrl === '' ? undefined : session.eventSourceUrl,
    mostObjects: maxObjectsInGet,
  };
}

function findAccount({ accounts, primaryAccounts }: Session, config: JmapConfig): string {
  const { account, url } = config;
  if (account === undefined) {
    const own = primaryAccounts[MAIL];
    if (own !== undefined) return own;
    throw badConfig(`${url.host}: this login has no account with mail`);
  }
  const named = Object.entries(accounts).find(
    ([id, { name }]) => id === account || name === account,
  );
  if (named !== undefined) return named[0];
  const names = Object.values(accounts).map(({ name }) => name);
  throw badConfig(`${url.host}: there is no account "${account}"; there are: ${names.join(', ')}`);
}

/** A URL of the session as a path at our host. Credentials are for this host only. */
export function pathHere(url: string, base: URL): string {
  if (!URL.canParse(url, base.href)) throw badReply(`${base.host} names a URL that is none`);
  const { origin, host, pathname, search } = new URL(url, base);
  if (origin === base.origin) return `${pathname}${search}`;
  throw badConfig(
    `${base.host} sends us to ${host}, which would get our credentials: name it as url`,
  );
}

function read(answers: Answers, calls: readonly Call[], what: string): Answered {
  const answerTo = (id: string): readonly [name: string, args: unknown] => {
    const found = answers.methodResponses.find(([, , callId]) => callId === id);
    if (found === undefined) throw badReply(`${what}: a call was not answered`);
    return [found[0], found[1]];
  };
  const errorOf = (id: string): string | undefined => {
    const [name, args] = answerTo(id);
    return name === 'error' ? (MethodError.safeParse(args).data?.type ?? 'unknown') : undefined;
  };
  return {
    errorOf,
    get(id, schema) {
      const call = calls.find(([, , callId]) => callId === id)?.[0] ?? '';
      const error = errorOf(id);
      if (error !== undefined) throw failureOfCall(what, call, error);
      const parsed = schema.safeParse(answerTo(id)[1]);
      if (parsed.success) return parsed.data;
      const at = parsed.error.issues[0]?.path.join('.') ?? '';
      throw badReply(`${what}: ${call} has another form than expected${at && ` at ${at}`}`);
    },
  };
}

import * as z from 'zod';
import { withDeadline } from '../base/deadline.ts';
import { messageOf } from '../base/errors.ts';
import type { Config } from '../config/schema.ts';
import { UsageError, type CliContext } from './context.ts';

export interface Common {
  readonly config: string;
}

/** The longest a running monitor may take for an answer. */
const ANSWER_MS = 5_000;

/** What the command line needs of a configuration. */
export async function load(options: Common): Promise<Config> {
  return (await import('../config/load.ts')).loadConfig(options.config);
}

/** Nobody answers at the configured address, or somebody who is no monitor. */
export class NoMonitorError extends UsageError {
  /** The question may have arrived all the same, so what was asked for may be done. */
  readonly mayBeDone: boolean;

  constructor(message: string, mayBeDone = false) {
    super(message);
    this.mayBeDone = mayBeDone;
  }
}

/** Ctrl-C while the monitor was asked. */
export class InterruptedError extends UsageError {
  constructor(mayBeDone: boolean) {
    super(mayBeDone ? 'interrupted: the monitor may do it all the same' : 'interrupted');
  }
}

/** The monitor answered, and said no. */
export class RefusedError extends UsageError {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** The HTTP API of the running monitor that a configuration describes. */
export interface Api {
  /** `127.0.0.1:9925`. */
  readonly address: string;
  /** @throws NoMonitorError, RefusedError, InterruptedError */
  get<T>(path: string, reply: z.ZodType<T>): Promise<T>;
  /** @throws NoMonitorError, RefusedError, InterruptedError */
  post<T>(path: string, body: object, reply: z.ZodType<T>): Promise<T>;
  /** The answer whatever its status is. @throws NoMonitorError, InterruptedError */
  ask(path: string): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export function createApi(config: Pick<Config, 'server'>, context: ApiContext): Api {
  const { listen, accessToken } = config.server;
  const address = addressOf(listen);
  const authorization =
    accessToken === undefined ? {} : { authorization: `Bearer ${accessToken.reveal()}` };
  const send = (path: string, init: RequestInit): Promise<Answer> =>
    exchange(address, path, { context, init: { ...init, redirect: 'error' } });
  return {
    address,
    ask: (path) => send(path, { headers: authorization }),
    async get(path, reply) {
      return understood(address, await send(path, { headers: authorization }), reply);
    },
    async post(path, body, reply) {
      const headers = { ...authorization, 'content-type': 'application/json' };
      const answer = await send(path, { method: 'POST', headers, body: JSON.stringify(body) });
      return understood(address, answer, reply);
    },
  };
}

export type ApiContext = Pick<CliContext, 'clock' | 'signal'>;

/** Listening on every address includes the loopback one. */
function addressOf({ host, port }: Config['server']['listen']): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

async function exchange(
  address: string,
  path: string,
  { context, init }: { readonly context: ApiContext; readonly init: RequestInit },
): Promise<Answer> {
  const { clock, signal: outer } = context;
  const deadline = { clock, ms: ANSWER_MS, what: 'the monitor', signal: outer };
  try {
    return await withDeadline(deadline, async (signal) => {
      const response = await fetch(`http://${address}${path}`, { ...init, signal });
      return { status: response.status, text: await response.text() };
    });
  } catch (error) {
    const isOrder = init.method === 'POST';
    if (outer.aborted) throw new InterruptedError(isOrder);
    const cause = causeOf(error);
    const mayBeDone = isOrder && cause !== REFUSED;
    throw new NoMonitorError(`no monitor answers at ${address} (${cause})`, mayBeDone);
  }
}

const REFUSED = 'connection refused';

/** fetch says only that it failed; its cause knows why. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error) || !(error.cause instanceof Error)) return messageOf(error);
  const { cause } = error;
  const code = 'code' in cause ? cause.code : undefined;
  if (code === 'ECONNREFUSED') return REFUSED;
  return cause.message === '' ? String(code) : cause.message;
}

const Refusal = z.object({ error: z.object({ reason: z.string(), message: z.string() }) });

function understood<T>(address: string, answer: Answer, reply: z.ZodType<T>): T {
  const { status } = answer;
  const body = parseJson(answer.text);
  if (status >= 200 && status < 300) {
    const parsed = reply.safeParse(body);
    if (parsed.success) return parsed.data;
  }
  const refusal = Refusal.safeParse(body);
  if (!refusal.success) {
    throw new NoMonitorError(`what answers at ${address} is not this mailcanary (HTTP ${status})`);
  }
  const { message } = refusal.data.error;
  const hint = status === 401 ? ": server.access_token must be the running monitor's" : '';
  throw new RefusedError(`the monitor refused: ${message}${hint}`, status);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

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

export interface Request {
  readonly config: Config;
  readonly context: CliContext;
  readonly path: string;
  readonly body?: object;
}

/** @throws UsageError when no monitor answers at the configured address. */
export async function request({ config, context, path, body }: Request): Promise<Response> {
  const { listen, accessToken } = config.server;
  const { clock, signal: outer } = context;
  const host = listen.host === '0.0.0.0' ? '127.0.0.1' : listen.host;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${listen.port}${path}`;
  const headers = {
    ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken.reveal()}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  try {
    return await withDeadline(
      { clock, ms: ANSWER_MS, what: 'the monitor', signal: outer },
      (signal) => fetch(url, { ...post, headers, signal }),
    );
  } catch (error) {
    throw new UsageError(`no monitor answers at ${host}:${listen.port} (${messageOf(error)})`);
  }
}

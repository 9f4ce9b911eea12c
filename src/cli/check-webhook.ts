import { withDeadline } from '../base/deadline.ts';
import type { Config } from '../config/schema.ts';
import type { Fact, HookRequest, Observer } from '../observers/observer.ts';
import type { CliContext } from './context.ts';

/** Whether pushes of the observed system are taken. */
export interface WebhookFact extends Omit<Fact, 'state'> {
  /** `fail`: a push would be lost now, and nothing will change that by itself. */
  readonly state: Fact['state'] | 'fail';
  /** Where the test push went; null where none was sent. */
  readonly url: string | null;
  /** Of the answer, in HTTP; null where nobody answered. */
  readonly status: number | null;
}

type Hooks = Config['server']['hooks'];
type Tools = Pick<CliContext, 'clock' | 'signal'>;

const ANSWER_MS = 5_000;

/**
 * Sends a signed push of our own to where the monitor takes them. It tells of no canary, so a
 * running monitor answers it and does nothing else. What lies between the internet and that address is not tried.
 */
export async function tryWebhook(
  observer: Pick<Observer, 'name' | 'hook' | 'testHook'>,
  { hooks, isPossible }: { readonly hooks: Hooks; readonly isPossible: boolean },
  tools: Tools,
): Promise<WebhookFact> {
  const request = observer.testHook?.();
  if (observer.hook === undefined || request === undefined) {
    const why = isPossible ? 'webhook_secret is not set' : 'this type takes none';
    return { state: 'unknown', text: `none: ${why}`, url: null, status: null };
  }
  if (hooks === undefined) {
    const text = 'server.hooks is missing, so nobody takes them';
    return { state: 'fail', text, url: null, status: null };
  }
  const { host, port } = hooks.listen;
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (port === 0) {
    const text = 'not tried: server.hooks listens on any free port';
    return { state: 'unknown', text, url: null, status: null };
  }
  const url = `http://${reachable(hooks.listen)}${hooks.basePath}/${observer.name}`;
  const status = await send(url, request, tools);
  return { ...judge(status, where), url, status: status ?? null };
}

function judge(status: number | undefined, where: string): Pick<WebhookFact, 'state' | 'text'> {
  if (status === undefined) {
    return { state: 'warn', text: `nobody listens at ${where}: is the monitor running?` };
  }
  if (status >= 200 && status < 300) {
    return { state: 'ok', text: `a signed push to ${where} is taken` };
  }
  if (status === 401) {
    const text = `${where} refuses the signature: the running monitor has another webhook_secret`;
    return { state: 'fail', text };
  }
  const text = `${where} answers HTTP ${status}: it is no monitor, or one without this observer`;
  return { state: 'fail', text };
}

/** The status of the answer; undefined: nobody answered. */
async function send(
  url: string,
  { headers, body }: HookRequest,
  { clock, signal: outer }: Tools,
): Promise<number | undefined> {
  const deadline = { clock, ms: ANSWER_MS, what: 'the webhook socket', signal: outer };
  const named = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  try {
    return await withDeadline(deadline, async (signal) => {
      const init = { method: 'POST', headers: named, body: Buffer.from(body), signal };
      const response = await fetch(url, { ...init, redirect: 'manual' });
      await response.body?.cancel();
      return response.status;
    });
  } catch {
    outer.throwIfAborted();
    return undefined;
  }
}

/** Listening on every address includes the loopback one. */
function reachable({ host, port }: { readonly host: string; readonly port: number }): string {
  const one = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${one.includes(':') ? `[${one}]` : one}:${port}`;
}

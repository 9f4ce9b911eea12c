import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { Clock } from '../../base/clock.ts';

export interface EventStreamOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Nothing was heard for so long: the line is dead. */
  readonly silenceMs: number;
  /** The stream has begun: what happens from now on is heard. */
  readonly onOpen: () => void;
  /** The name of each event; `message` where it has none. */
  readonly onEvent: (name: string) => void;
}

/**
 * Listens to server-sent events (HTML Living Standard, section 9.2) on a
 * connection of its own until it ends, falls silent or `signal` aborts. Answers
 * the status of a reply that is no stream; undefined when there was one, or no
 * reply at all. Never rejects.
 */
export async function listenToEvents(
  options: EventStreamOptions,
  signal: AbortSignal,
): Promise<number | undefined> {
  const over = new AbortController();
  const end = (): void => over.abort();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const watchdog = startWatchdog(options, end, over.signal);
  try {
    const incoming = await begin(options, over.signal);
    const isStream = /^text\/event-stream\b/i.test(incoming.headers['content-type'] ?? '');
    if (incoming.statusCode !== 200 || !isStream) return incoming.statusCode;
    options.onOpen();
    await readEvents(incoming, (name) => {
      watchdog.heard();
      if (name !== undefined) options.onEvent(name);
    });
    return undefined;
  } catch {
    return undefined; // it is opened again, and looks go on meanwhile
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}

function begin(
  { url, headers }: EventStreamOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? tlsRequest : plainRequest;
    const wanted = { ...headers, accept: 'text/event-stream', 'cache-control': 'no-store' };
    const outgoing = send(url, { headers: wanted, signal, agent: false });
    outgoing.on('error', reject);
    outgoing.on('response', resolve);
    outgoing.end();
  });
}

function startWatchdog(
  { clock, silenceMs }: EventStreamOptions,
  onSilence: () => void,
  over: AbortSignal,
): { heard(): void } {
  let heardAt = clock.now();
  const watch = async (): Promise<void> => {
    while (!over.aborted) {
      const leftMs = heardAt + silenceMs - clock.now();
      if (leftMs <= 0) onSilence();
      else await clock.sleep(leftMs, over);
    }
  };
  void watch();
  return { heard: () => void (heardAt = clock.now()) };
}

/** More than any line of an event that says that something changed. */
const LONGEST_LINE = 64 * 1_024;

/** `heard`: the name of an event, undefined at any other sign of life. */
async function readEvents(
  incoming: IncomingMessage,
  heard: (name: string | undefined) => void,
): Promise<void> {
  let rest = '';
  let name = 'message';
  let hasData = false;
  let hasCr = false;
  incoming.setEncoding('utf8');
  for await (const chunk of incoming) {
    heard(undefined);
    const said = String(chunk);
    // A CRLF that is cut in two is one end of a line.
    const text = hasCr && said.startsWith('\n') ? said.slice(1) : said;
    hasCr = said.endsWith('\r');
    const lines = `${rest}${text}`.split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? '').slice(0, LONGEST_LINE);
    for (const line of lines) {
      if (line === '') {
        if (hasData) heard(name);
        name = 'message';
        hasData = false;
      } else if (line.startsWith('event:')) name = line.slice('event:'.length).trim();
      else if (line.startsWith('data:')) hasData = true;
    }
  }
}

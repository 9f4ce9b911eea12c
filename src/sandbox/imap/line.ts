import type { Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import type { Dials } from '../dials.ts';
import { createReader } from './reader.ts';
import type { Account, Session } from './session.ts';
import type { Mailbox } from './store.ts';

export interface LineOptions {
  readonly mailbox: Mailbox;
  readonly account: Account;
  readonly dials: Dials;
  readonly clock: Clock;
}

/** One connection: its session, and the waits that the dials put into it. */
export interface ImapLine {
  readonly session: Session;
  /** Whether the line is open and says nothing. */
  isSilent(): boolean;
  /** Waits as long as an answer takes. */
  pause(): Promise<void>;
}

const CRLF = Buffer.from('\r\n');

export function createLine(socket: Socket, options: LineOptions): ImapLine {
  const { mailbox, account, dials, clock } = options;
  const closed = new AbortController();
  const lines = createLineQueue(closed.signal);
  const isSilent = (): boolean => dials.read().control.line === 'silent';

  const session: Session = {
    mailbox,
    account,
    state: 'greeted',
    view: undefined,
    send(text) {
      if (closed.signal.aborted || isSilent()) return;
      socket.write(Buffer.concat([Buffer.from(text), CRLF]));
    },
    nextLine: () => lines.next(),
    async holdBack(signal) {
      const { push } = dials.read().control;
      if (push > 0) await clock.sleep(push, AbortSignal.any([signal, closed.signal]));
    },
  };
  const read = createReader({
    onCommand: (text) => lines.put(text),
    onLiteral: () => session.send('+ go on'),
    onTooLong() {
      session.send('* BYE too long');
      socket.end();
    },
  });
  socket.on('data', read);
  socket.once('close', () => {
    closed.abort();
    lines.put(undefined);
  });
  return {
    session,
    isSilent,
    async pause() {
      const { pause } = dials.read().control;
      if (pause > 0) await clock.sleep(pause, closed.signal);
    },
  };
}

/** Lines that came and were not read yet, and who waits for the next. */
function createLineQueue(closed: AbortSignal): {
  put(text: string | undefined): void;
  next(): Promise<string | undefined>;
} {
  const lines: string[] = [];
  let reader: ((text: string | undefined) => void) | undefined;
  return {
    put(text) {
      const waiting = reader;
      reader = undefined;
      if (waiting !== undefined) waiting(text);
      else if (text !== undefined) lines.push(text);
    },
    next() {
      const ready = lines.shift();
      if (ready !== undefined || closed.aborted) return Promise.resolve(ready);
      return new Promise((resolve) => (reader = resolve));
    },
  };
}

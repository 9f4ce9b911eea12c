import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Transcript } from './transcript.ts';

/**
 * Gives the mail to nodemailer so that afterwards it is known for sure whether
 * the server can have taken it. A server may take a mail only once it has read
 * the final dot, so the dot goes out in a write of its own:
 *
 * 1. The body goes to the socket. Its write is done when the kernel has all of
 *    it (under TLS: of its records), not merely when it is queued.
 * 2. Two turns of the event loop, of which one polls the socket: a reset, an
 *    end or a reply that is already here is noticed while the mail is unsent.
 * 3. The dot. It counts as sent from the instant before its write, whether or
 *    not the kernel took it at once: with the peer's window full it may lie in
 *    a queue of ours, and what a closing socket still gets out of that is
 *    unknowable. In doubt is the safe side. Only a write that *fails* proves
 *    that it never left (see isWriteError).
 */
export function handOver(raw: Buffer, socket: Socket, transcript: Transcript): Handover {
  const body = new Readable({ read: () => undefined });
  let bodyFlushed = false;
  let cancelled = false;

  // nodemailer pipes its dot-stuffing stream into the socket once DATA is answered.
  socket.once('pipe', (stuffed: Readable) => {
    // Before the pipe's own listener, so ahead of the write to the socket.
    stuffed.prependListener('data', () => {
      if (bodyFlushed && !socket.destroyed) transcript.dotSent();
    });
    // After it: the body, one chunk, has just been written. Writes finish in order.
    stuffed.once('data', () => {
      socket.write('', (error) => {
        if (error === undefined || error === null) void sendDot();
      });
    });
  });
  body.push(raw);

  async function sendDot(): Promise<void> {
    await turnOfTheLoop();
    await turnOfTheLoop();
    if (cancelled || socket.destroyed || socket.readableEnded || !socket.writable) return;
    bodyFlushed = true;
    body.push(null);
  }

  return {
    body,
    cancel() {
      cancelled = true;
      body.destroy();
    },
  };
}

export interface Handover {
  /** For SMTPConnection.send. */
  readonly body: Readable;
  /** The dot must not go out any more; without effect on one that did. */
  cancel(): void;
}

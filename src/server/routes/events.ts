import type { RequestHandler } from 'express';
import { HttpError } from '../errors.ts';
import type { LiveEvents } from '../live-events.ts';

/** Server-sent events: each ledger event from now on; older ones are in /api/v1/canaries/ID. */
export function streamEvents(live: LiveEvents): RequestHandler {
  return (request, response) => {
    response.set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'X-Accel-Buffering': 'no', // nginx would keep them back
    });
    if (request.method === 'HEAD') response.end();
    else if (!live.add(response)) {
      throw new HttpError(503, 'too-many', 'too many listen already');
    }
  };
}

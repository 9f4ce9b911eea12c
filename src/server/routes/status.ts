import type { RequestHandler } from 'express';
import type { ServerParts } from '../parts.ts';
import { sendPage } from '../send.ts';
import { statusPage } from '../views/status-page.ts';

/** Is mail arriving? */
export function showStatus({ control }: ServerParts): RequestHandler {
  return (_request, response) => {
    const page = statusPage({
      now: control.now(),
      startedAt: control.startedAt,
      vantage: control.vantage,
      probes: control.probes(),
      observers: control.observers(),
      readiness: control.readiness(),
    });
    sendPage(response, page);
  };
}

import type { RequestHandler } from 'express';
import type { ServerParts } from '../parts.ts';
import { probeRecord } from '../records.ts';
import { sendJson } from '../send.ts';

/** `{"probes": [...]}`, in the order of the configuration. */
export function listProbes({ control }: ServerParts): RequestHandler {
  return (_request, response) => {
    const { startedAt } = control;
    const now = control.now();
    const observers = new Map(control.observers().map((observer) => [observer.name, observer]));
    const probes = control.probes().map((probe) => {
      const observer = observers.get(probe.route.observer);
      return probeRecord(probe, { now, startedAt, observer });
    });
    sendJson(response, { probes });
  };
}

import type { RequestHandler } from 'express';
import type { ServerParts } from '../parts.ts';
import { probeRecord } from '../records.ts';
import { sendJson } from '../send.ts';
import { scenesOf } from '../state.ts';

/** `{"probes": [...]}`, in the order of the configuration. */
export function listProbes({ control }: ServerParts): RequestHandler {
  return (_request, response) => {
    const stage = {
      now: control.now(),
      startedAt: control.startedAt,
      probes: control.probes(),
      observers: control.observers(),
      readiness: control.readiness(),
    };
    const probes = scenesOf(stage).map(({ probe, scene }) => probeRecord(probe, scene));
    sendJson(response, { probes });
  };
}

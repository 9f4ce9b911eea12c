import type { RequestHandler } from 'express';
import * as z from 'zod';
import { Duration } from '../../base/schema.ts';
import { iso } from '../../domain/record.ts';
import { HttpError, notFound } from '../errors.ts';
import type { ServerParts } from '../parts.ts';
import { pauseRecord } from '../records.ts';
import { sendJson } from '../send.ts';

type ProbeCommand = RequestHandler<{ readonly name: string }>;

const LONGEST_REASON = 200;

const PauseOrder = z.strictObject({
  for: Duration,
  reason: z
    .string()
    .trim()
    .min(1)
    .max(LONGEST_REASON)
    .refine((text) => !/\p{Cc}/u.test(text)),
});

/** A manual canary; answered once it is durable, before the mail system answered. */
export function launchProbe(parts: ServerParts): ProbeCommand {
  return async (request, response) => {
    const { launch } = await parts.control.launch(knownProbe(parts, request.params.name));
    response.status(202).location(`/canary/${launch.id}`);
    const launched_at = iso(launch.launchedAt);
    sendJson(response, { probe: launch.route.probe, id: launch.id, launched_at });
  };
}

/** `{"for": "2h", "reason": "maintenance"}`. */
export function pauseProbe(parts: ServerParts): ProbeCommand {
  return async (request, response) => {
    const probe = knownProbe(parts, request.params.name);
    const order = PauseOrder.safeParse(request.body);
    if (!order.success) {
      throw new HttpError(
        400,
        'bad-request',
        `the body must be JSON such as {"for": "2h", "reason": "maintenance"}; a reason has 1 to ${LONGEST_REASON} letters`,
      );
    }
    const { for: forMs, reason } = order.data;
    const pause = await parts.control.pause(probe, { forMs, reason });
    sendJson(response, { probe, pause: pauseRecord(pause) });
  };
}

export function resumeProbe(parts: ServerParts): ProbeCommand {
  return async (request, response) => {
    const probe = knownProbe(parts, request.params.name);
    sendJson(response, { probe, was_paused: await parts.control.resume(probe) });
  };
}

/** Reads the configuration again; 422 with what is wrong in it, when the old one goes on. */
export function reload({ control }: ServerParts): RequestHandler {
  return async (_request, response) => {
    const result = await control.reload();
    if (!result.ok) throw new HttpError(422, 'config', result.problems);
    sendJson(response, { changed: result.changed, needs_restart: result.needsRestart });
  };
}

function knownProbe({ control }: ServerParts, name: string): string {
  const probe = control.probes().find(({ route }) => route.probe === name);
  if (probe === undefined) throw notFound('there is no probe of this name');
  return probe.route.probe;
}

import type { RequestHandler } from 'express';
import * as z from 'zod';
import { formatDuration } from '../../base/duration.ts';
import { Duration } from '../../base/schema.ts';
import type { Policy } from '../../domain/probe.ts';
import { iso } from '../../domain/record.ts';
import type { ProbeStatus } from '../../engine/control.ts';
import { oneOffDeadlines, type OneOffDeadlines } from '../../engine/probe-once.ts';
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

/** The daemon keeps an open canary in mind so long. */
const LONGEST_TIMEOUT_MS = 3 * 86_400_000;

const LaunchOrder = z
  .strictObject({ late_after: Duration.optional(), timeout: Duration.optional() })
  .optional();

/**
 * A manual canary; answered once it is durable, before the mail system answered.
 * `{"late_after": "5m", "timeout": "15m"}`, either or none, are its deadlines (semantics A9).
 */
export function launchProbe(parts: ServerParts): ProbeCommand {
  return async (request, response) => {
    const { route, policy } = knownProbe(parts, request.params.name);
    const deadlines = launchDeadlines(request.body, policy);
    const { launch } = await parts.control.launch(route.probe, deadlines);
    response.status(202).location(`/canary/${launch.id}`);
    const launched_at = iso(launch.launchedAt);
    sendJson(response, { probe: launch.route.probe, id: launch.id, launched_at });
  };
}

/** Undefined: the probe's own. */
function launchDeadlines(body: unknown, policy: Policy): OneOffDeadlines | undefined {
  const order = LaunchOrder.safeParse(body);
  if (!order.success) {
    throw new HttpError(
      400,
      'bad-request',
      'the body may be JSON such as {"late_after": "5m", "timeout": "15m"}',
    );
  }
  const { late_after: lateAfterMs, timeout: timeoutMs } = order.data ?? {};
  if (lateAfterMs === undefined && timeoutMs === undefined) return undefined;
  const deadlines = oneOffDeadlines({ lateAfterMs, timeoutMs }, policy);
  if (deadlines.timeoutMs > LONGEST_TIMEOUT_MS) {
    const message = 'a timeout (by default twice late_after) is at most 3d';
    throw new HttpError(400, 'bad-request', message);
  }
  if (deadlines.timeoutMs > deadlines.lateAfterMs) return deadlines;
  const [timeout, late] = [deadlines.timeoutMs, deadlines.lateAfterMs].map(formatDuration);
  throw new HttpError(
    400,
    'bad-request',
    `timeout (${timeout ?? ''}) must be more than late_after (${late ?? ''}): a mail is late before it is lost`,
  );
}

/** `{"for": "2h", "reason": "maintenance"}`. */
export function pauseProbe(parts: ServerParts): ProbeCommand {
  return async (request, response) => {
    const { probe } = knownProbe(parts, request.params.name).route;
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
    const { probe } = knownProbe(parts, request.params.name).route;
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

function knownProbe({ control }: ServerParts, name: string): ProbeStatus {
  const probe = control.probes().find(({ route }) => route.probe === name);
  if (probe === undefined) throw notFound('there is no probe of this name');
  return probe;
}

import type { RequestHandler } from 'express';
import * as z from 'zod';
import { Name } from '../../base/schema.ts';
import { HttpError } from '../errors.ts';
import type { ServerParts } from '../parts.ts';
import { canaryRecord, eventRecord } from '../records.ts';
import { sendJson } from '../send.ts';
import { findCanary } from './canary.ts';

const LARGEST_PAGE = 500;

const Query = z.strictObject({
  probe: Name.optional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= LARGEST_PAGE)
    .default(50),
});

/** `{"canaries": [...]}`, newest launch first. */
export function listCanaries({ view }: ServerParts): RequestHandler {
  return async (request, response) => {
    const query = Query.safeParse(request.query);
    if (!query.success) {
      throw new HttpError(
        400,
        'bad-request',
        `the query may have probe (a name) and limit (1 to ${LARGEST_PAGE}), once each`,
      );
    }
    const { limit, probe } = query.data;
    const canaries = await view.recent(limit, probe);
    sendJson(response, { canaries: canaries.map(canaryRecord) });
  };
}

/** One canary, and everything that happened to it. */
export function describeCanary(parts: ServerParts): RequestHandler<{ readonly id: string }> {
  return async (request, response) => {
    const canary = await findCanary(parts, request.params.id);
    const events = await parts.view.timeline(canary.launch.id);
    sendJson(response, { ...canaryRecord(canary), events: events.map(eventRecord) });
  };
}

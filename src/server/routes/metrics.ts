import type { RequestHandler } from 'express';
import type { ServerParts } from '../parts.ts';

/** For Prometheus. */
export function showMetrics({ metrics }: ServerParts): RequestHandler {
  return async (_request, response) => {
    const { contentType, body } = await metrics.scrape();
    // Not send(): it would write the content type anew, and hash megabytes for an ETag.
    response.setHeader('Content-Type', contentType);
    response.end(body);
  };
}

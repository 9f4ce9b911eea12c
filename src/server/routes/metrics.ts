import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RequestHandler } from 'express';
import type { ServerParts } from '../parts.ts';

/** For Prometheus. */
export function showMetrics({ metrics }: ServerParts): RequestHandler {
  return async (_request, response) => {
    const { contentType, chunks } = await metrics.scrape();
    // Not send(): it would write the content type anew, and hash megabytes for an ETag.
    response.setHeader('Content-Type', contentType);
    response.setHeader(
      'Content-Length',
      chunks.reduce((sum, { length }) => sum + length, 0),
    );
    // One after the other, as fast as the reader takes them.
    await pipeline(Readable.from(chunks), response).catch(() => undefined); // it went away
  };
}

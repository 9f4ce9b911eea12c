import type { RequestHandler } from 'express';
import type { ServerParts } from '../parts.ts';
import { observerRecord } from '../records.ts';
import { sendJson } from '../send.ts';

/** `{"observers": [...]}`. */
export function listObservers({ control }: ServerParts): RequestHandler {
  return (_request, response) => {
    const now = control.now();
    const observers = control.observers().map((observer) => observerRecord(observer, now));
    sendJson(response, { observers });
  };
}

import type { RequestHandler } from 'express';
import type { ServerParts } from '../parts.ts';
import { sendJson } from '../send.ts';

/** The process lives: it answers. */
export const showHealth: RequestHandler = (_request, response) => {
  response.type('text').send('ok\n');
};

/** Whether it does its work: 200 or 503, and each check by name. */
export function showReadiness({ control }: ServerParts): RequestHandler {
  return (_request, response) => {
    const { ready, checks } = control.readiness();
    response.status(ready ? 200 : 503);
    sendJson(response, {
      ready,
      checks: checks.map(({ name, ok, detail }) => ({ name, ok, detail })),
    });
  };
}

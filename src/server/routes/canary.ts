import type { RequestHandler } from 'express';
import { ID_LENGTH } from '../../domain/token.ts';
import type { Canary } from '../../domain/canary.ts';
import { notFound } from '../errors.ts';
import type { ServerParts } from '../parts.ts';
import { sendPage } from '../send.ts';
import { canaryPage } from '../views/canary-page.ts';

/** One canary's time line. */
export function showCanary(parts: ServerParts): RequestHandler<{ readonly id: string }> {
  return async (request, response) => {
    const canary = await findCanary(parts, request.params.id);
    sendPage(response, canaryPage({ canary, now: parts.control.now() }));
  };
}

/** @throws HttpError 404 for what is not, or cannot be, an id; a token is none. */
export async function findCanary({ view }: Pick<ServerParts, 'view'>, id: string): Promise<Canary> {
  const canary = isId(id) ? await view.findCanary(id) : undefined;
  if (canary === undefined) throw notFound('there is no canary of this id, or not any more');
  return canary;
}

function isId(text: string): boolean {
  return text.length <= ID_LENGTH && /^[a-z0-9]+$/.test(text);
}

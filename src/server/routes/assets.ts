import type { RequestHandler } from 'express';
import { ICONS } from '../client/icons.ts';
import { SCRIPT } from '../client/script.ts';
import { STYLE } from '../client/style.ts';
import { notFound } from '../errors.ts';

const ASSETS: ReadonlyMap<string, { readonly type: string; readonly text: string }> = new Map([
  ['style.css', { type: 'css', text: STYLE }],
  ['page.js', { type: 'js', text: SCRIPT }],
  ...[...ICONS].map(([name, text]) => [name, { type: 'svg', text }] as const),
]);

/** What the pages load, from memory; no path of the file system is ever looked up. */
export const sendAsset: RequestHandler<{ readonly name: string }> = (request, response) => {
  const asset = ASSETS.get(request.params.name);
  if (asset === undefined) throw notFound('there is no such file');
  // Asked for again each time, answered with 304 by the ETag: never older than the page.
  response.set('Cache-Control', 'no-cache').type(asset.type).send(asset.text);
};

import type { Response } from 'express';
import { ID_LENGTH, MARK, TOKEN_LENGTH } from '../domain/token.ts';
import type { Html } from './views/html.ts';

const TOKEN = new RegExp(
  `(${MARK}[sbm][a-z2-7]{${ID_LENGTH - MARK.length - 1}})[a-z2-7]{${TOKEN_LENGTH - ID_LENGTH}}`,
  'gi',
);

/**
 * Cuts every token down to its id. No page shows a token on purpose, but a
 * mail server may repeat a Message-ID or a subject in its words, and whoever
 * reads a token could forge an arrival (semantics A11).
 */
export function withoutTokens(text: string): string {
  return text.replace(TOKEN, '$1');
}

export function sendPage(response: Response, page: Html): void {
  response.type('html').send(withoutTokens(`<!doctype html>\n${page.text}\n`));
}

/** `body` holds plain values only: times are text already, and nothing is a Secret. */
export function sendJson(response: Response, body: object): void {
  response.type('json').send(withoutTokens(`${JSON.stringify(body)}\n`));
}

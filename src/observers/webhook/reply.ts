import type { Instant } from '../../base/clock.ts';
import { PLACES, type Place, type Stamp } from '../../domain/sighting.ts';
import type { Headers } from '../letter.ts';
import type { WebhookConfig } from './config.ts';

/** What a webhook says of one mail. */
export interface Told {
  readonly externalId: string;
  readonly place: Place;
  readonly stamp: Stamp | null;
  /** As far as it says: subject and Message-ID. */
  readonly headers: Headers;
  readonly text: string;
}

type Fields = Pick<WebhookConfig, 'fields' | 'places'>;

const LONGEST_ID = 200;
const QUANTUM_MS = 1_000;
/** Whether whole seconds are cut off or rounded is unknown: T +/- one quantum (semantics B3). */
export const STAMP_QUANTUM_MS = 2 * QUANTUM_MS;

/** Undefined where the JSON is no object or names nothing by the configured id. */
export function readPayload(payload: unknown, { fields, places }: Fields): Told | undefined {
  const text = (path: string | undefined): string =>
    path === undefined ? '' : textAt(payload, path);
  const externalId = text(fields.id);
  if (externalId === '' || externalId.length > LONGEST_ID) return undefined;
  const messageId = text(fields.messageId);
  return {
    externalId,
    place: placeOf(text(fields.place), places),
    stamp: stampOf(text(fields.time)),
    headers: new Map([
      ['subject', [text(fields.subject)]],
      ...(messageId === '' ? [] : [['message-id', [messageId]] as const]),
    ]),
    text: text(fields.text),
  };
}

/** Text or a number as text; empty where there is nothing of the kind. */
function textAt(payload: unknown, path: string): string {
  let value: unknown = payload;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return '';
    value = Reflect.get(value, key);
  }
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' ? value.trim() : '';
}

/** A word that nobody has explained is some place where mail was ingested. */
function placeOf(said: string, places: Fields['places']): Place {
  const word = said.toLowerCase();
  if (word === '') return 'inbox';
  return places.get(word) ?? PLACES.find((place) => place === word) ?? 'other';
}

function stampOf(said: string): Stamp | null {
  const at = parseTime(said);
  return at === undefined
    ? null
    : { at: at - QUANTUM_MS, quantumMs: STAMP_QUANTUM_MS, source: 'webhook' };
}

/** ISO 8601 with its zone, or seconds or milliseconds since 1970. Without a zone it could be any hour. */
function parseTime(text: string): Instant | undefined {
  if (/^\d{9,13}(?:\.\d+)?$/.test(text)) {
    const number = Number(text);
    return number < 1e11 ? number * 1_000 : number;
  }
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?\s?(?:Z|[+-]\d\d:?\d\d)$/.test(text)) {
    return undefined;
  }
  const at = Date.parse(text.replace(' ', 'T').replace(/\s/g, ''));
  return Number.isNaN(at) ? undefined : at;
}

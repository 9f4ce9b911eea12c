import { MonitorError } from '../../base/errors.ts';
import type { Stamp } from '../../domain/sighting.ts';
import type { FeedItem } from '../feed/feed.ts';
import { parseHeaders, type Headers } from '../letter.ts';
import { readInstant, type TimeForm } from '../time-text.ts';
import type { SqlConfig } from './config.ts';
import type { Row } from './line.ts';

/** The columns that a query may have, by name. Only `id` is needed. */
export const COLUMNS = [
  'id',
  'external_id',
  'place',
  'subject',
  'headers',
  'message_id',
  'text',
  'created_at',
] as const;

/** A row, as the feed takes it. */
export interface Mail {
  readonly id: bigint;
  readonly item: FeedItem;
}

/** More of a text would only be carried about: the token stands at its beginning. */
const TEXT_LIMIT = 100_000;

export function readMail(row: Row, config: SqlConfig, form: TimeForm): Mail {
  const id = idOf(row);
  const { places, quantumMs } = config;
  const place = row['place'] ?? '';
  const headers = row['headers'] ?? '';
  const isWhole = headers.trim() !== '';
  const item = {
    externalId: row['external_id'] ?? String(id),
    place: Object.keys(places).length === 0 ? ('inbox' as const) : (places[place] ?? 'other'),
    stamp: stampOf(row, form, quantumMs),
    headers: isWhole ? parseHeaders(Buffer.from(headers)) : shownHeaders(row),
    text: (row['text'] ?? '').slice(0, TEXT_LIMIT),
    isWhole,
  };
  return { id, item };
}

function idOf(row: Row): bigint {
  const text = row['id'] ?? '';
  if (/^\d{1,19}$/.test(text)) return BigInt(text);
  throw new MonitorError('the query has no column id of whole numbers', {
    reason: 'config',
    retryable: false,
  });
}

/** Whether times are cut off or rounded differs from column to column: T +/- one quantum (semantics B3). */
export function stampQuantum(quantumMs: number): number {
  return 2 * quantumMs;
}

export function stampOf(row: Row, form: TimeForm, quantumMs: number): Stamp | null {
  const at = readInstant(row['created_at'] ?? '', form);
  if (at === null) return null;
  return { at: at - quantumMs, quantumMs: stampQuantum(quantumMs), source: 'created_at' };
}

function shownHeaders(row: Row): Headers {
  const shown = [
    ['subject', row['subject'] ?? ''],
    ['message-id', row['message_id'] ?? ''],
  ] as const;
  return new Map(shown.filter(([, value]) => value !== '').map(([name, value]) => [name, [value]]));
}

import type { HelpdeskDials } from '../config.ts';
import type { Conversation } from './conversation.ts';
import { badRequest, type Violation } from './errors.ts';
import { parseIsoSeconds, parseQuery, type Matcher } from './query.ts';

const STATUSES = ['active', 'all', 'closed', 'open', 'pending', 'spam'] as const;
const SORT_FIELDS = [
  'createdAt',
  'customerEmail',
  'customerName',
  'mailboxid',
  'modifiedAt',
  'number',
  'score',
  'status',
  'subject',
  'waitingSince',
] as const;
const PARAMETERS = new Set([
  ...['embed', 'mailbox', 'folder', 'status', 'tag', 'assigned_to', 'modifiedSince', 'number'],
  ...['sortField', 'sortOrder', 'query', 'customFieldsByIds', 'page'],
]);
/** Documented, and not modelled: refused rather than answered wrongly. */
const NOT_HERE = new Set(['folder', 'tag', 'assigned_to', 'customFieldsByIds']);

/** What a client asks a list of conversations for. */
export interface Listing {
  readonly mailboxes: readonly number[] | undefined;
  readonly status: (typeof STATUSES)[number];
  /** Milliseconds of the helpdesk's clock. */
  readonly modifiedSince: number | undefined;
  readonly number: number | undefined;
  readonly sortField: (typeof SORT_FIELDS)[number];
  readonly descending: boolean;
  readonly query: Matcher | undefined;
  readonly embedThreads: boolean;
  readonly page: number;
}

/** @throws ApiError 400 with everything that is wrong */
export function parseListing(
  params: URLSearchParams,
  parameters: HelpdeskDials['parameters'],
  nowMs: number,
): Listing {
  const violations: Violation[] = [];
  const complain = (path: string, message: string): void => {
    const rejectedValue = params.get(path) ?? '';
    violations.push({ path, message, rejectedValue, source: 'QUERY' });
  };
  for (const key of new Set(params.keys())) {
    if (params.getAll(key).length > 1) complain(key, 'must be given once');
    else if (NOT_HERE.has(key)) complain(key, 'is not modelled by the sandbox');
    else if (parameters === 'strict' && !PARAMETERS.has(key)) complain(key, 'unknown parameter');
  }
  const oneOf = <T extends string>(key: string, choices: readonly T[], usual: T): T => {
    const value = params.get(key);
    const choice = value === null ? usual : choices.find((known) => known === value);
    const expected = `Expected one of these: ${choices.map((known) => `'${known}'`).join(', ')}`;
    if (choice === undefined) complain(key, expected);
    return choice ?? usual;
  };
  const whole = (key: string): number | undefined => {
    const value = params.get(key);
    if (value === null || /^[1-9]\d{0,14}$/.test(value)) return value === null ? undefined : +value;
    complain(key, 'must be a positive number');
    return undefined;
  };
  const since = params.get('modifiedSince');
  const modifiedSince = since === null ? undefined : parseIsoSeconds(since);
  if (since !== null && modifiedSince === undefined) {
    complain('modifiedSince', 'must be a date such as 2018-05-04T12:00:03Z');
  }
  const mailbox = params.get('mailbox');
  if (mailbox !== null && !/^\d+(?:,\d+)*$/.test(mailbox)) complain('mailbox', 'must be ids');
  if (params.has('embed')) oneOf('embed', ['threads'], 'threads');
  const query = params.get('query');
  const listing: Listing = {
    mailboxes: mailbox?.split(',').map(Number),
    status: oneOf('status', STATUSES, 'active'),
    modifiedSince,
    number: whole('number'),
    sortField: oneOf('sortField', SORT_FIELDS, 'createdAt'),
    descending: oneOf('sortOrder', ['asc', 'desc'], 'desc') === 'desc',
    embedThreads: params.get('embed') === 'threads',
    page: whole('page') ?? 1,
    query: query === null ? undefined : parseQuery(query, nowMs),
  };
  if (violations.length > 0) throw badRequest(...violations);
  return listing;
}

/** Which conversations a list shows, all pages of it, in its order. */
export function select(
  all: readonly Conversation[],
  listing: Listing,
  spam: HelpdeskDials['spam'],
): readonly Conversation[] {
  const sign = listing.descending ? -1 : 1;
  return all
    .filter(({ state }) => state === 'published')
    .filter(({ status }) => showsStatus(listing.status, status, spam))
    .filter(({ number }) => listing.number === undefined || number === listing.number)
    .filter(({ modifiedAt }) => modifiedAt * 1_000 >= (listing.modifiedSince ?? -Infinity))
    .filter((conversation) => listing.query?.(conversation) ?? true)
    .sort((a, b) => sign * (compare(sortKey(a, listing), sortKey(b, listing)) || a.id - b.id));
}

function showsStatus(
  wanted: Listing['status'],
  status: Conversation['status'],
  spam: HelpdeskDials['spam'],
): boolean {
  if (wanted === 'all') return status !== 'spam' || spam === 'in-all';
  if (wanted === 'open') return status === 'active' || status === 'pending';
  return status === wanted;
}

function sortKey(conversation: Conversation, { sortField }: Listing): string | number {
  const first = conversation.threads[0];
  switch (sortField) {
    case 'createdAt':
    case 'waitingSince':
      return conversation.createdAt;
    case 'modifiedAt':
    case 'number':
    case 'status':
    case 'subject':
      return conversation[sortField];
    case 'customerEmail':
      return first?.from ?? '';
    case 'customerName':
      return first?.name ?? '';
    case 'mailboxid':
    case 'score':
      return 0;
  }
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

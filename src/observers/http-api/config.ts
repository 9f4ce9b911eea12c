import * as z from 'zod';
import { addFault, Duration, OAuth2, SecretText, type Fault } from '../../base/schema.ts';
import { PLACES } from '../../domain/sighting.ts';
import { CONTROL_KEYS, controlRule } from '../control-config.ts';
import { ApiUrl, HTTP_KEYS } from '../http/config.ts';
import { countedRate, type RequestCost } from '../rate-config.ts';
import { NEVER_TIDIED } from '../tidy-config.ts';
import { isZoneName, TIME_UNITS } from '../time-text.ts';
import { hasPlaceholder, templateFault } from './template.ts';

const Place = z.enum(PLACES);
/** JMESPath, community edition; compiled when the observer is made. */
const Expression = z.string().min(1);

function template(...names: readonly string[]) {
  return z.string().superRefine((text, context) => {
    const hint = 'write /path?key={since}';
    if (!text.startsWith('/')) addFault(context, { message: 'does not begin with /', hint });
    const message = templateFault(text, names);
    if (message !== undefined) addFault(context, { message });
  });
}

const Auth = z
  .strictObject({
    bearer: SecretText.optional(),
    user: z.string().min(1).optional(),
    password: SecretText.optional(),
    oauth2: OAuth2.optional(),
  })
  .superRefine(({ bearer, user, password, oauth2 }, context) => {
    const ways = [bearer, user, oauth2].filter((way) => way !== undefined);
    const hint = 'write bearer, or user and password, or oauth2';
    if (ways.length !== 1) addFault(context, { message: 'names not one way to log in', hint });
    if ((user === undefined) !== (password === undefined)) {
      addFault(context, { message: 'has only one of user and password', hint });
    }
  });

/** A list of mails. */
const View = z
  .strictObject({
    path: template('since', 'page', 'cursor'),
    /** JSON to be sent by POST, with the same placeholders. Absent: GET. */
    body: z.record(z.string(), z.unknown()).optional(),
    /** From the reply to an array of items. */
    items: Expression.default('@'),
    /** What a reading to the end says something about; the first is the place of items that do not say. */
    places: z.array(Place).min(1),
    /** The number of the first page. */
    first_page: z.int().nonnegative().default(1),
    /** From the reply to the number of its last page. Without it pages are read until one is empty. */
    last_page: Expression.optional(),
    /** From the reply to the cursor of the next page; nothing at the end. */
    cursor: Expression.optional(),
    /** From the reply to the URL or path of the next page; nothing at the end. */
    next: Expression.optional(),
    /** The URL of the next page is in the header Link (RFC 8288). */
    next_link: z.boolean().default(false),
    /** The list is not filtered by {since}, but its newest items come first. */
    newest_first: z.boolean().default(false),
  })
  .superRefine((view, context) => {
    for (const fault of viewFaults(view)) addFault(context, fault);
  });
export type View = z.output<typeof View>;

function viewFaults(view: {
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  readonly last_page?: string | undefined;
  readonly cursor?: string | undefined;
  readonly next?: string | undefined;
  readonly next_link: boolean;
}): readonly Fault[] {
  const said = `${view.path} ${JSON.stringify(view.body ?? {})}`;
  const isPaged = hasPlaceholder(said, 'page');
  const ways = [isPaged, view.cursor !== undefined, view.next !== undefined, view.next_link].filter(
    Boolean,
  );
  const message = templateFault(JSON.stringify(view.body ?? {}), ['since', 'page', 'cursor']);
  const table: readonly (Fault & { readonly when: boolean })[] = [
    { when: ways.length > 1, message: 'has more than one way to the next page' },
    {
      when: view.last_page !== undefined && !isPaged,
      path: ['last_page'],
      message: 'needs {page} in the path or the body',
    },
    {
      when: (view.cursor !== undefined) !== hasPlaceholder(said, 'cursor'),
      path: ['cursor'],
      message: 'and {cursor} in the path or the body belong together',
    },
    { when: message !== undefined, path: ['body'], message: message ?? '' },
  ];
  return table
    .filter(({ when }) => when)
    .map(({ path = [], message: text }) => ({ path, message: text }));
}

const FIELDS = {
  /** Names a copy for good; `{id:1}` is its first part before a colon. */
  id: Expression,
  subject: Expression.optional(),
  text: Expression.optional(),
  message_id: Expression.optional(),
  /** All headers of the mail as it came: one text, name to value, or a list of {name, value}. */
  headers: Expression.optional(),
  created_at: Expression.optional(),
  place: Expression.optional(),
};

/** Looks for canaries in any JSON API. */
export const HttpApiConfig = z
  .strictObject({
    type: z.literal('http'),
    url: ApiUrl,
    auth: Auth.optional(),
    /** Sent with each request; their values are secrets. */
    headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/, 'is no header'), SecretText).default({}),
    views: z
      .record(z.string().regex(/^\w{1,30}$/, 'is no name'), View)
      .refine((views) => Object.keys(views).length > 0, 'names no list'),
    /** From an item. */
    fields: z.strictObject(FIELDS),
    /** What a value of the field `place` means; others are `other`. */
    places: z.record(z.string().min(1), Place).default({}),
    /** The original mail, asked for only where an item carries a mark of ours. */
    source: z
      .strictObject({
        path: template('id'),
        /** From the reply to the mail as one text; absent: the reply is the mail. */
        mail: Expression.optional(),
      })
      .optional(),
    /** One item by its id, to see whether a copy is still there. */
    find: z.strictObject({ path: template('id'), item: Expression.default('@') }).optional(),
    time_unit: z.enum(TIME_UNITS).default('s'),
    /** Of a `created_at` without an offset. */
    time_zone: z.string().refine(isZoneName, 'is not a time zone').default('UTC'),
    time_quantum: Duration.default(1_000),
    /** How far the lists may lag behind. */
    index_lag: Duration.default(60_000),
    /** The header that says how many requests are left. */
    remaining_header: z.string().min(1).default('x-ratelimit-remaining'),
    /** The header that says how many there are altogether; only told by `check`. */
    limit_header: z.string().min(1).default('x-ratelimit-limit'),
    ...HTTP_KEYS,
    ...CONTROL_KEYS,
  })
  .transform((value) => ({
    type: value.type,
    url: value.url,
    auth: value.auth ?? {},
    headers: value.headers,
    views: value.views,
    fields: value.fields,
    places: value.places,
    source: value.source,
    find: value.find,
    timeUnit: value.time_unit,
    timeZone: value.time_zone,
    quantumMs: value.time_quantum,
    indexLagMs: value.index_lag,
    remainingHeader: value.remaining_header.toLowerCase(),
    limitHeader: value.limit_header.toLowerCase(),
    requestsPerMinute: value.requests_per_minute,
    lookEveryMs: value.look_every,
    timeoutMs: value.timeout,
    tidy: NEVER_TIDIED,
    control: controlRule(value),
    rate: countedRate(value, {
      documented: 'the documentation of the API says it',
      cost: costOf(value),
    }),
  }));
export type HttpApiConfig = z.output<typeof HttpApiConfig>;

/** A page of each list; for a canary a quick look, and its source. */
function costOf(keys: {
  readonly views: Readonly<Record<string, unknown>>;
  readonly source?: unknown;
}): RequestCost {
  const source = keys.source === undefined ? 0 : 1;
  return { look: Object.keys(keys.views).length, canary: 1 + source, tidying: 0 };
}

import * as z from 'zod';
import {
  addFault,
  Duration,
  FilePath,
  loginFaults,
  SecretText,
  type Fault,
} from '../../base/schema.ts';
import { isLoopback } from '../../base/server-url.ts';
import { PLACES } from '../../domain/sighting.ts';
import { CONTROL_KEYS, controlRule } from '../control-config.ts';
import type { RateKnowledge } from '../rate-config.ts';
import { NEVER_TIDIED } from '../tidy-config.ts';
import { isZoneName, TIME_UNITS } from '../time-text.ts';
import { PRESETS, presetOf } from './presets.ts';
import { queryFault } from './statement.ts';
import { parseDatabaseUrl, type Database } from './url.ts';

const Url = z.string().transform((text, context): Database => {
  try {
    return parseDatabaseUrl(text);
  } catch (error) {
    const hint = 'write mysql://user@host/database, postgres://..., or sqlite:/path/of/file';
    addFault(context, { message: error instanceof Error ? error.message : 'is not a URL', hint });
    return z.NEVER;
  }
});

const Query = z.string().superRefine((text, context) => {
  const message = queryFault(text);
  const hint = 'write select ... where id > :cursor order by id limit :limit';
  if (message !== undefined) addFault(context, { message, hint });
});

const Zone = z.string().refine((name) => name === 'database' || isZoneName(name), {
  message: 'is not a time zone',
  params: { hint: 'write Europe/Berlin, +02:00, or database for the zone of its server' },
});

const Keys = z.strictObject({
  type: z.literal('sql'),
  url: Url,
  user: z.string().min(1).optional(),
  password: SecretText.optional(),
  /** Default: `verify`, except on loopback, where a plain line is taken. */
  tls: z.enum(['verify', 'none']).optional(),
  ca_file: FilePath.optional(),
  /** A query that is ready; else `query` is asked for. */
  preset: z.enum(PRESETS).optional(),
  /** Of a preset's tables. Default: none for FreeScout, `ost_` for osTicket. */
  table_prefix: z
    .string()
    .regex(/^\w{0,40}$/, 'has other characters than letters, digits and _')
    .optional(),
  /** FreeScout: only this mailbox. */
  mailbox_id: z.int().positive().optional(),
  query: Query.optional(),
  /** What a value of the column `place` means; others are `other`. Without it everything is in the inbox. */
  places: z.record(z.string().min(1), z.enum(PLACES)).optional(),
  /** Of a `created_at` that is a bare number. */
  time_unit: z.enum(TIME_UNITS).default('s'),
  /** Of a `created_at` without an offset. Default: UTC, or what the preset's program writes. */
  time_zone: Zone.optional(),
  /** The resolution of `created_at`. */
  time_quantum: Duration.default(1_000),
  /** How much later a row may be visible than one with a greater id: a transaction's length. */
  overlap: Duration.default(60_000),
  /** One statement, or connecting. */
  timeout: Duration.default(10_000),
  ...CONTROL_KEYS,
});
type Keys = z.output<typeof Keys>;

/** Looks for canaries in the rows of a database, by a query. */
export const SqlConfig = Keys.superRefine((value, context) => {
  for (const fault of faultsOf(value)) addFault(context, fault);
}).transform((value) => {
  const preset =
    value.preset === undefined
      ? undefined
      : presetOf(value.preset, { tablePrefix: value.table_prefix, mailboxId: value.mailbox_id });
  const { url } = value;
  return {
    type: value.type,
    database: url,
    user: value.user ?? (url.engine === 'sqlite' ? undefined : url.user),
    password: value.password ?? (url.engine === 'sqlite' ? undefined : url.password),
    isPlain: value.tls === 'none' || (value.tls === undefined && isHere(url)),
    caFile: value.ca_file,
    query: preset?.query ?? value.query ?? '',
    places: preset?.places ?? value.places ?? {},
    timeUnit: value.time_unit,
    timeZone: value.time_zone ?? preset?.timeZone ?? 'UTC',
    quantumMs: value.time_quantum,
    overlapMs: value.overlap,
    timeoutMs: value.timeout,
    tidy: NEVER_TIDIED,
    control: controlRule(value),
    rate: {
      documented: 'a database has none for statements',
      counted: null,
    } satisfies RateKnowledge,
  };
});
export type SqlConfig = z.output<typeof SqlConfig>;

function isHere(url: Database): boolean {
  return url.engine === 'sqlite' || isLoopback(url.host);
}

function faultsOf(keys: Keys): readonly Fault[] {
  const { url, preset, query, places, table_prefix: prefix, mailbox_id: mailbox } = keys;
  const login = [keys.user, keys.password, keys.tls, keys.ca_file];
  const hasLogin = login.some((key) => key !== undefined);
  const table: readonly (Fault & { readonly when: boolean })[] = [
    {
      when: preset === undefined && query === undefined,
      path: ['query'],
      message: 'is missing',
      hint: 'write a query, or preset: freescout or osticket',
    },
    {
      when: preset !== undefined && (query !== undefined || places !== undefined),
      path: ['preset'],
      message: 'brings a query and places of its own',
      hint: 'write either preset, or query and places',
    },
    {
      when: preset === undefined && (prefix !== undefined || mailbox !== undefined),
      path: ['table_prefix'],
      message: 'and mailbox_id are for presets',
      hint: 'write them into the query',
    },
    {
      when: preset === 'osticket' && mailbox !== undefined,
      path: ['mailbox_id'],
      message: 'is for FreeScout',
    },
    {
      when: preset === 'osticket' && url.engine !== 'mysql',
      path: ['preset'],
      message: 'is for MySQL and MariaDB only',
    },
    {
      when: preset === 'freescout' && url.engine === 'sqlite',
      path: ['preset'],
      message: 'is for MySQL, MariaDB and PostgreSQL',
    },
    {
      when: url.engine === 'sqlite' && hasLogin,
      path: ['url'],
      message: 'is a file, which has no user, password or tls',
    },
  ];
  const own = table
    .filter(({ when }) => when)
    .map(({ path = [], message, hint = '' }) => ({ path, message, hint }));
  if (url.engine === 'sqlite') return own;
  const isNobody = keys.user === undefined && url.user === undefined;
  const nobody = { path: ['user'], message: 'is missing', hint: 'write user: NAME' };
  const { user, password } = keys;
  return [...own, ...(isNobody ? [nobody] : loginFaults({ url, user, password }))];
}

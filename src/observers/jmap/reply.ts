import * as z from 'zod';
import type { Stamp } from '../../domain/sighting.ts';
import { HEADERS_READ, type Headers } from '../letter.ts';

export const CORE = 'urn:ietf:params:jmap:core';
export const MAIL = 'urn:ietf:params:jmap:mail';

const Limit = (fallback: number) => z.int().positive().catch(fallback);

/** RFC 8620 section 2. Limits that a server does not say are taken for the least that it should allow. */
export const Session = z.object({
  apiUrl: z.string().min(1),
  eventSourceUrl: z.string().catch(''),
  state: z.string().catch(''),
  username: z.string().catch(''),
  capabilities: z.object({
    [CORE]: z.object({ maxObjectsInGet: Limit(500), maxCallsInRequest: Limit(16) }),
    [MAIL]: z.looseObject({}),
  }),
  accounts: z.record(
    z.string(),
    z.object({ name: z.string().catch(''), isReadOnly: z.boolean().catch(false) }),
  ),
  primaryAccounts: z.record(z.string(), z.string()).catch({}),
});
export type Session = z.output<typeof Session>;

/** RFC 8620 section 3.4: each call's answers in the order of the calls. */
export const Answers = z.object({
  methodResponses: z.array(z.tuple([z.string(), z.unknown(), z.string()])),
  sessionState: z.string().catch(''),
});
export type Answers = z.output<typeof Answers>;

/** RFC 8620 section 3.6.2. */
export const MethodError = z.object({ type: z.string().catch('unknown') });

const Id = z.string().min(1);

export const Mailbox = z.object({
  id: Id,
  name: z.string().catch(''),
  parentId: z.string().nullish().catch(null),
  role: z.string().nullish().catch(null),
  totalEmails: z.int().nonnegative().optional().catch(undefined),
  myRights: z.object({ mayRemoveItems: z.boolean() }).optional().catch(undefined),
});
export type Mailbox = z.output<typeof Mailbox>;
export const Mailboxes = z.object({ list: z.array(Mailbox) });

/** Most of `Email/changes` (RFC 8621 section 4.3). */
export const Changes = z.object({
  oldState: z.string(),
  newState: z.string(),
  hasMoreChanges: z.boolean(),
});

/** `limit` is there where the server gives less than it was asked for. */
export const Query = z.object({
  ids: z.array(Id),
  limit: z.int().positive().optional().catch(undefined),
});

const Texts = z.array(z.object({ partId: z.string().nullish().catch(null) })).catch([]);
const Body = z.object({
  id: Id,
  textBody: Texts,
  htmlBody: Texts,
  bodyValues: z.record(z.string(), z.object({ value: z.string().catch('') })).catch({}),
});
export const Bodies = z.object({ list: z.array(Body) });

/** The properties by which the headers that we read are asked for (RFC 8621 section 4.1.2). */
const HEADER_KEYS = [...HEADERS_READ, 'Date'].map(
  (name) => [name.toLowerCase(), `header:${name}:asRaw:all`] as const,
);
export const EMAIL_PROPERTIES = [
  'id',
  'mailboxIds',
  'receivedAt',
  ...HEADER_KEYS.map(([, property]) => property),
];

/** One mail, as far as a look needs it. */
export const Email = z
  .looseObject({
    id: Id,
    mailboxIds: z.record(z.string(), z.boolean()).catch({}),
    receivedAt: z.string().catch(''),
  })
  .transform((email) => ({
    id: email.id,
    mailboxIds: Object.keys(email.mailboxIds).filter((id) => email.mailboxIds[id] === true),
    stamp: stampOf(email.receivedAt),
    headers: headersOf(email),
  }));
export type Email = z.output<typeof Email>;
export const Emails = z.object({ state: z.string(), list: z.array(Email) });

/** `Email/set`: what was done, and what was not, by id. */
export const SetAnswer = z.object({
  updated: z.record(z.string(), z.unknown()).nullish().catch(null),
  destroyed: z.array(z.string()).nullish().catch(null),
  notUpdated: z.record(z.string(), MethodError).nullish().catch(null),
  notDestroyed: z.record(z.string(), MethodError).nullish().catch(null),
});

export const STAMP_QUANTUM_MS = 1_000;

/** "The date the Email was received by the message store" (RFC 8621 section 4.1.1), cut off to seconds. */
function stampOf(receivedAt: string): Stamp | null {
  const at = Date.parse(receivedAt);
  if (Number.isNaN(at)) return null;
  const second = Math.floor(at / STAMP_QUANTUM_MS) * STAMP_QUANTUM_MS;
  return { at: second, quantumMs: STAMP_QUANTUM_MS, source: 'receivedAt' };
}

const Values = z.array(z.string()).catch([]);

function headersOf(email: Readonly<Record<string, unknown>>): Headers {
  const headers = new Map<string, readonly string[]>();
  for (const [name, property] of HEADER_KEYS) {
    const values = Values.parse(email[property] ?? []);
    if (values.length > 0) headers.set(name, values.map(onOneLine));
  }
  return headers;
}

function onOneLine(raw: string): string {
  return raw.replace(/\r?\n[ \t]+/g, ' ').trim();
}

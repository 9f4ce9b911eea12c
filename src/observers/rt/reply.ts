import * as z from 'zod';
import type { Place, Stamp } from '../../domain/sighting.ts';

/** RT gives ids as numbers and as text, and expands some into objects. */
const Digits = z.union([z.int().nonnegative(), z.string().regex(/^\d{1,15}$/)]).transform(Number);
const Id = z.union([Digits, z.object({ id: Digits }).transform(({ id }) => id)]);
const Text = z.string().catch('');

/** The types of transactions by which mail comes in. */
export const MAIL_TYPES = ['Create', 'Correspond'] as const;

export function isMailType(type: string): boolean {
  return MAIL_TYPES.some((known) => known === type);
}

/** One line of a ticket's history. */
export const Transaction = z
  .object({ id: Id, Type: Text, ObjectId: Id, Created: Text, NewValue: Text })
  .transform((value) => ({
    id: value.id,
    type: value.Type,
    ticketId: value.ObjectId,
    created: value.Created,
    newValue: value.NewValue,
  }));
export type Transaction = z.output<typeof Transaction>;

/** The root part of a mail, with the mail's own headers as one text. */
export const Root = z
  .object({ TransactionId: Id, Headers: Text })
  .transform((value) => ({ transactionId: value.TransactionId, headers: value.Headers }));
export type Root = z.output<typeof Root>;

export const Ticket = z
  .object({
    id: Id,
    Status: Text,
    Queue: Id.optional().catch(undefined),
    EffectiveId: Id.optional().catch(undefined),
    _hyperlinks: z
      .array(z.object({ ref: Text, to: Text }))
      .optional()
      .catch(undefined),
  })
  .transform((value) => ({
    id: value.id,
    status: value.Status,
    queueId: value.Queue,
    /** Another one's after a merge. */
    effectiveId: value.EffectiveId ?? value.id,
    /** What we may set its status to; undefined where that was not asked for. */
    allowed: value._hyperlinks?.filter(({ ref }) => ref === 'lifecycle').map(({ to }) => to),
  }));
export type Ticket = z.output<typeof Ticket>;

export const Queue = z
  .object({ id: Id, Name: Text, Disabled: z.union([z.string(), z.number()]).catch('0') })
  .transform((value) => ({
    id: value.id,
    name: value.Name,
    isDisabled: String(value.Disabled) !== '0',
  }));
export type Queue = z.output<typeof Queue>;

/** A collection; rows that the user may not see are left out of it. */
export const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });

/** RT's words after a change, also where it refused. */
export const Messages = z.array(z.string()).catch([]);

/** RT itself means by it that the ticket never was one: what people do with spam. */
const DEFAULT_PLACES: Readonly<Record<string, Place>> = {
  new: 'inbox',
  open: 'inbox',
  stalled: 'inbox',
  resolved: 'closed',
  rejected: 'spam',
  deleted: 'trash',
};

/** Place by status: the default ones, and those of the configuration over them. */
export function placesOf(own: Readonly<Record<string, Place>>): Readonly<Record<string, Place>> {
  return { ...DEFAULT_PLACES, ...own };
}

/** Undefined for a status that only this RT has. */
export function placeOf(status: string, own: Readonly<Record<string, Place>>): Place | undefined {
  return own[status] ?? DEFAULT_PLACES[status.toLowerCase()];
}

const QUANTUM_MS = 1_000;
export const STAMP_QUANTUM_MS = QUANTUM_MS;

/** When RT made the transaction: whole seconds, cut off (`time` in RT::Date), UTC; null where unreadable. */
export function stampOf({ created }: Pick<Transaction, 'created'>): Stamp | null {
  const at = Date.parse(created);
  if (Number.isNaN(at)) return null;
  return { at, quantumMs: QUANTUM_MS, source: 'transaction.Created' };
}

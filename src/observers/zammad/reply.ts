import * as z from 'zod';
import type { Instant } from '../../base/clock.ts';
import type { Place, Stamp } from '../../domain/sighting.ts';
import type { Headers } from '../letter.ts';
import type { ZammadConfig } from './config.ts';

const Id = z.union([z.int().nonnegative(), z.string().regex(/^\d{1,18}$/)]).transform(Number);
const Text = z
  .string()
  .nullish()
  .catch('')
  .transform((text) => text ?? '');

/** With `expand=true`: names in place of ids. */
export const Ticket = z.object({
  id: Id,
  title: Text,
  state: Text,
  group: Text,
  created_at: Text,
  /** Newer versions list them; without it they are asked for. */
  article_ids: z.array(Id).optional().catch(undefined),
});
export type Ticket = z.output<typeof Ticket>;
export const Tickets = z.array(Ticket);

export const Article = z.object({
  id: Id,
  type: Text,
  sender: Text,
  subject: Text,
  body: Text,
  message_id: Text,
  in_reply_to: Text,
  references: Text,
});
export type Article = z.output<typeof Article>;
export const Articles = z.array(Article);

/** `GET /api/v1/users/me?expand=true` */
export const Me = z.object({ login: Text, roles: z.array(z.string()).catch([]) });

/** What a webhook carries without a payload of one's own. */
export const HookPayload = z.object({ ticket: z.object({ id: Id }) });

/** Whether it came by mail from outside; notes and answers of agents did not. */
export function isLetter({ type, sender }: Article): boolean {
  return type.toLowerCase() === 'email' && sender.toLowerCase() === 'customer';
}

/** `merged`: its articles are in another ticket, and people see them there. */
export function placeOf({ state, group }: Ticket, { spam }: Pick<ZammadConfig, 'spam'>): Place {
  const name = state.toLowerCase();
  if (spam.states.includes(name) || spam.groups.includes(group.toLowerCase())) return 'spam';
  if (name === 'closed') return 'closed';
  if (name === 'removed') return 'trash';
  return name === 'merged' ? 'other' : 'inbox';
}

/** Milliseconds; whether they are cut off or rounded is documented nowhere: T +/- one (semantics B3). */
export const STAMP_QUANTUM_MS = 2;

/** When the ticket was written to its database; null where that is unreadable. */
export function stampOf(ticket: Ticket): Stamp | null {
  const at = createdAt(ticket);
  if (at === undefined) return null;
  return { at: at - 1, quantumMs: STAMP_QUANTUM_MS, source: 'ticket.created_at' };
}

/** On Zammad's clock. */
export function createdAt({ created_at: text }: Ticket): Instant | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** What Zammad keeps of a mail besides its source, as far as it is no invention of its own. */
export function headersOfArticle(article: Article): Headers {
  const kept: readonly (readonly [string, string])[] = [
    ['subject', article.subject],
    ['message-id', article.message_id],
    ['in-reply-to', article.in_reply_to],
    ['references', article.references],
  ];
  return new Map(kept.filter(([, value]) => value !== '').map(([name, value]) => [name, [value]]));
}

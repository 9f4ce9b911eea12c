import * as z from 'zod'; // the namespace form lets the bundler leave out what is not used
import { badRequest } from './errors.ts';

/** Every event of Help Scout that can be subscribed to (endpoints/webhooks/create). */
export const EVENTS = [
  'beacon.chat.created',
  'beacon.chat.customer.replied',
  'convo.agent.reply.created',
  'convo.assigned',
  'convo.created',
  'convo.custom-fields',
  'convo.customer.reply.created',
  'convo.deleted',
  'convo.merged',
  'convo.moved',
  'convo.note.created',
  'convo.status',
  'convo.tags',
  'customer.created',
  'customer.deleted',
  'customer.updated',
  'message.survey.response.received',
  'organization.created',
  'organization.deleted',
  'organization.updated',
  'satisfaction.ratings',
  'tag.created',
  'tag.deleted',
  'tag.updated',
  'user.status.changed',
] as const;

const isHttpUrl = (text: string): boolean =>
  URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

/** The body of POST /v2/webhooks. */
export const NewWebhook = z.strictObject({
  url: z.string().refine(isHttpUrl, 'must be a URL'),
  events: z.array(z.enum(EVENTS)).min(1),
  secret: z.string().min(1).max(40),
  notification: z.boolean().default(false),
  label: z.string().optional(),
  payloadVersion: z.literal('V2').default('V2'),
  mailboxIds: z.array(z.int().min(1)).optional(),
});
export type NewWebhook = z.output<typeof NewWebhook>;

/** The body of PATCH /v2/conversations/ID, as far as the sandbox goes: another status, another subject is refused. */
export const StatusPatch = z.strictObject({
  op: z.literal('replace'),
  path: z.literal('/status'),
  value: z.enum(['active', 'closed', 'pending', 'spam']),
});

/** @throws ApiError 400 with everything that is wrong */
export function parseBody<T extends z.ZodType>(schema: T, body: Buffer): z.output<T> {
  const parsed = schema.safeParse(readJson(body));
  if (parsed.success) return parsed.data;
  throw badRequest(
    ...parsed.error.issues.map(({ path, message }) => ({
      path: path.join('.'),
      message,
      source: 'JSON' as const,
    })),
  );
}

function readJson(body: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return value;
  } catch {
    throw badRequest({ path: '', message: 'malformed JSON', source: 'JSON' });
  }
}

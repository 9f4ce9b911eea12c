import type { IncomingHttpHeaders } from 'node:http';
import type { Dials } from '../dials.ts';
import { conversationView, threadView, type Conversation } from './conversation.ts';
import { ApiError, badRequest, notFound } from './errors.ts';
import type { Inbox } from './inbox.ts';
import { parseListing, select } from './listing.ts';
import { halPage } from './pages.ts';
import { NewWebhook, parseBody, StatusPatch } from './requests.ts';
import type { Webhook, Webhooks } from './webhooks.ts';

/** What the handlers know of the helpdesk. */
export interface Desk {
  readonly inbox: Inbox;
  readonly webhooks: Webhooks;
  readonly dials: Dials;
  readonly mailbox: { readonly id: number; readonly email: string };
}

export interface ApiRequest {
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ApiReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as HAL JSON. */
  readonly body?: object | Buffer;
}

type Handler = (desk: Desk, request: ApiRequest, ids: readonly number[]) => ApiReply;

/** `#` is a number. */
const ROUTES: Readonly<Record<string, Handler>> = {
  'GET /v2/conversations': list,
  'GET /v2/conversations/#': show,
  'PATCH /v2/conversations/#': patch,
  'DELETE /v2/conversations/#': remove,
  'GET /v2/conversations/#/threads': threads,
  'GET /v2/conversations/#/threads/#/original-source': source,
  'GET /v2/mailboxes': mailboxes,
  'GET /v2/mailboxes/#': mailbox,
  'GET /v2/users/me': me,
  'GET /v2/webhooks': hooks,
  'POST /v2/webhooks': addHook,
  'GET /v2/webhooks/#': hook,
  'DELETE /v2/webhooks/#': removeHook,
};

/** @throws ApiError */
export function route(desk: Desk, method: string, request: ApiRequest): ApiReply {
  const path = request.url.pathname.replace(/(?<=.)\/$/, '');
  const shape = path.replace(/(?<=\/)\d{1,15}(?=\/|$)/g, '#');
  const handler = ROUTES[`${method} ${shape}`];
  const ids = [...path.matchAll(/(?<=\/)\d{1,15}(?=\/|$)/g)].map(([id]) => Number(id));
  if (handler !== undefined) return handler(desk, request, ids);
  const allowed = Object.keys(ROUTES).filter((known) => known.endsWith(` ${shape}`));
  if (allowed.length === 0) throw notFound();
  const methods = allowed.map((known) => known.slice(0, known.indexOf(' '))).join(', ');
  throw new ApiError(405, 'Method Not Allowed', { headers: { Allow: methods } });
}

function list(desk: Desk, { url }: ApiRequest): ApiReply {
  const { dials, inbox } = desk;
  const { parameters, spam } = dials.read().helpdesk;
  const listing = parseListing(url.searchParams, parameters, inbox.now());
  const wanted = listing.mailboxes ?? [desk.mailbox.id];
  const all = wanted.includes(desk.mailbox.id) ? inbox.indexed() : [];
  const items = select(all, listing, spam).map((conversation) =>
    view(desk, url, { conversation, embedThreads: listing.embedThreads }),
  );
  return ok(halPage({ key: 'conversations', items, number: listing.page, url: withoutPage(url) }));
}

/** @throws ApiError 301 for a merged one, 404 for none */
function find(desk: Desk, url: URL, id: number | undefined): Conversation {
  const { inbox, dials } = desk;
  const target = inbox.mergedInto(id ?? 0);
  if (target !== undefined) {
    const location = `${url.origin}/v2/conversations/${target}`;
    throw new ApiError(301, 'Moved Permanently', { headers: { Location: location } });
  }
  const conversation = inbox.find(id ?? 0);
  const isGone = conversation?.state === 'deleted' && dials.read().helpdesk.deleted === 'gone';
  if (conversation === undefined || isGone) throw notFound();
  return conversation;
}

function show(desk: Desk, { url }: ApiRequest, ids: readonly number[]): ApiReply {
  const embed = url.searchParams.get('embed');
  if (embed !== null && embed !== 'threads') {
    const message = "Expected one of these: 'threads'";
    throw badRequest({ path: 'embed', message, rejectedValue: embed, source: 'QUERY' });
  }
  const conversation = find(desk, url, ids[0]);
  return ok(view(desk, url, { conversation, embedThreads: embed !== null }));
}

function patch(desk: Desk, request: ApiRequest, ids: readonly number[]): ApiReply {
  const { id } = find(desk, request.url, ids[0]);
  requireJson(request);
  desk.inbox.setStatus(id, parseBody(StatusPatch, request.body).value);
  return { status: 204 };
}

function remove(desk: Desk, { url }: ApiRequest, ids: readonly number[]): ApiReply {
  desk.inbox.remove(find(desk, url, ids[0]).id);
  return { status: 204 };
}

function threads(desk: Desk, { url }: ApiRequest, ids: readonly number[]): ApiReply {
  const conversation = find(desk, url, ids[0]);
  const items = conversation.threads.map((thread) => threadView(thread, url.origin)).reverse();
  return ok(halPage({ key: 'threads', items, number: pageOf(url), url: withoutPage(url) }));
}

function source(desk: Desk, { url, headers }: ApiRequest, ids: readonly number[]): ApiReply {
  const thread = find(desk, url, ids[0]).threads.find(({ id }) => id === ids[1]);
  const ageMs = desk.inbox.now() - (thread?.createdAt ?? 0) * 1_000;
  if (thread === undefined || ageMs > desk.dials.read().helpdesk.source) throw notFound();
  const accept = headers.accept ?? '*/*';
  if (accept.includes('message/rfc822')) {
    return { status: 200, headers: { 'Content-Type': 'message/rfc822' }, body: thread.raw };
  }
  if (/\*\/\*|application\/(?:hal\+)?json/.test(accept)) {
    return ok({ original: thread.raw.toString('utf8') });
  }
  throw new ApiError(406, 'Not Acceptable');
}

function mailboxes(desk: Desk, { url }: ApiRequest): ApiReply {
  const items = [mailboxView(desk, url)];
  return ok(halPage({ key: 'mailboxes', items, number: pageOf(url), url: withoutPage(url) }));
}

function mailbox(desk: Desk, { url }: ApiRequest, ids: readonly number[]): ApiReply {
  if (ids[0] !== desk.mailbox.id) throw notFound();
  return ok(mailboxView(desk, url));
}

function me(): ApiReply {
  const names = { firstName: 'Sandbox', lastName: 'Owner', email: 'owner@sandbox.test' };
  return ok({ id: 17, ...names, role: 'owner', timezone: 'Etc/UTC', type: 'user' });
}

function hooks(desk: Desk, { url }: ApiRequest): ApiReply {
  const items = desk.webhooks.all().map((webhook) => hookView(webhook, url));
  return ok(halPage({ key: 'webhooks', items, number: pageOf(url), url: withoutPage(url) }));
}

function addHook(desk: Desk, request: ApiRequest): ApiReply {
  requireJson(request);
  const { id } = desk.webhooks.add(parseBody(NewWebhook, request.body));
  const location = `${request.url.origin}/v2/webhooks/${id}`;
  return { status: 201, headers: { 'Resource-ID': String(id), Location: location } };
}

function hook(desk: Desk, { url }: ApiRequest, ids: readonly number[]): ApiReply {
  const webhook = desk.webhooks.find(ids[0] ?? 0);
  if (webhook === undefined) throw notFound();
  return ok(hookView(webhook, url));
}

function removeHook(desk: Desk, _request: ApiRequest, ids: readonly number[]): ApiReply {
  if (!desk.webhooks.remove(ids[0] ?? 0)) throw notFound();
  return { status: 204 };
}

interface Shown {
  readonly conversation: Conversation;
  readonly embedThreads: boolean;
}

function view(desk: Desk, url: URL, shown: Shown): object {
  return conversationView({ ...shown, base: url.origin, mailboxId: desk.mailbox.id });
}

function mailboxView({ mailbox: { id, email } }: Desk, url: URL): object {
  const self = { href: `${url.origin}/v2/mailboxes/${id}` };
  return { id, name: 'Support', slug: 'support', email, _links: { self } };
}

function hookView(webhook: Webhook, url: URL): object {
  const { id, url: target, events, notification, label, payloadVersion, mailboxIds } = webhook;
  const self = { href: `${url.origin}/v2/webhooks/${id}` };
  const shown = { id, url: target, events, notification, label, payloadVersion, mailboxIds };
  return { ...shown, state: 'enabled', _links: { self } };
}

function pageOf(url: URL): number {
  const text = url.searchParams.get('page') ?? '1';
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  const message = 'must be a positive number';
  throw badRequest({ path: 'page', message, rejectedValue: text, source: 'QUERY' });
}

function requireJson({ headers }: ApiRequest): void {
  const isJson = /^application\/json\b/i.test(headers['content-type'] ?? '');
  if (!isJson) throw new ApiError(415, 'Unsupported Media Type');
}

function withoutPage(url: URL): URL {
  const plain = new URL(url);
  plain.searchParams.delete('page');
  return plain;
}

function ok(body: object): ApiReply {
  return { status: 200, body };
}

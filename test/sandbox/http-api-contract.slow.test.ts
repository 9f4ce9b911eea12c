import { describeObserverContract } from '../contracts/observer-contract.ts';
import type { ObserverBench } from '../contracts/observer/bench.ts';
import { httpApiObserver } from '../observers/http-api/bench.ts';
import { openDesk, type SandboxDesk } from './desk.ts';

const desks: SandboxDesk[] = [];

/** Help Scout's API by nothing but configuration: what is true of the observer written for it is true of this one. */
function helpscoutKeys(
  desk: SandboxDesk,
  {
    port = desk.port,
    secret = desk.appSecret,
  }: { readonly port?: number; readonly secret?: string },
): Readonly<Record<string, unknown>> {
  const url = `http://127.0.0.1:${port}`;
  const list = (status: string): string =>
    `/v2/conversations?mailbox=${desk.mailboxId}&status=${status}&modifiedSince={since}` +
    '&sortField=createdAt&sortOrder=asc&page={page}&embed=threads';
  const items = `_embedded.conversations[].[let $c = @ in _embedded.threads[?type=='customer'].{
    id: join(':', [to_string($c.id), to_string(id)]), subject: $c.subject, place: $c.status,
    text: body, created: createdAt }][][]`;
  const view = { items, last_page: 'page.totalPages' };
  return {
    url,
    auth: {
      oauth2: { token_url: `${url}/v2/oauth2/token`, client_id: desk.appId, client_secret: secret },
    },
    views: {
      all: { ...view, path: list('all'), places: ['inbox', 'closed'] },
      spam: { ...view, path: list('spam'), places: ['spam'] },
    },
    fields: { id: 'id', subject: 'subject', text: 'text', created_at: 'created', place: 'place' },
    places: { active: 'inbox', pending: 'inbox', closed: 'closed', spam: 'spam' },
    source: { path: '/v2/conversations/{id:1}/threads/{id:2}/original-source', mail: 'original' },
    find: { path: '/v2/conversations/{id:1}', item: '{id: to_string(id), place: status}' },
    remaining_header: 'x-ratelimit-remaining-minute',
  };
}

async function openBench(): Promise<ObserverBench> {
  const desk = await openDesk();
  desks.push(desk);
  return {
    port: desk.port,
    secrets: [desk.appSecret],
    create({ port, wrongPassword = false, timeoutMs = 10_000 } = {}) {
      const secret = wrongPassword ? `${desk.appSecret}-not` : desk.appSecret;
      const place = port === undefined ? { secret } : { port, secret };
      return httpApiObserver({ ...helpscoutKeys(desk, place), timeout: `${timeoutMs}ms` });
    },
    async deliver(message, place = 'inbox') {
      const status = place === 'spam' || place === 'closed' ? place : 'active';
      await desk.deliver(message, status);
    },
    state: () => Promise.resolve(desk.state()),
    restart: () => desk.restart(),
  };
}

describeObserverContract({
  type: 'http (Help Scout by configuration, on the helpdesk of the sandbox)',
  places: ['closed', 'spam'],
  manners: [],
  isRaw: true,
  start: () => Promise.resolve(),
  async stop() {
    await Promise.all(desks.map((desk) => desk.stop()));
  },
  open: openBench,
});

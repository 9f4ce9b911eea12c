import type { IncomingMessage, ServerResponse } from 'node:http';
import { serve } from '../http/support.ts';

/** What a server answers to one method call: name and arguments. */
export type Method = (args: Record<string, unknown>) => readonly [string, unknown];

export interface StandInOptions {
  /** Over the usual session. */
  readonly session?: Readonly<Record<string, unknown>>;
  readonly methods?: Readonly<Record<string, Method>>;
  /** Answers the event source; none: 404. */
  readonly events?: (outgoing: ServerResponse) => void;
  readonly authorization?: () => string;
}

const CORE = 'urn:ietf:params:jmap:core';
const MAIL = 'urn:ietf:params:jmap:mail';
export const MAILBOXES = [
  { id: 'i', name: 'Inbox', role: 'inbox' },
  { id: 's', name: 'Sent', role: 'sent' },
];

/** The little of a JMAP server that answers what no real one here does: what it must say is RFC 8620's. */
export async function standIn(
  options: StandInOptions = {},
): Promise<{ readonly port: number; readonly requests: string[]; readonly calls: string[] }> {
  const calls: string[] = [];
  const methods: Readonly<Record<string, Method>> = {
    'Mailbox/get': () => ['Mailbox/get', { state: '1', list: MAILBOXES, notFound: [] }],
    'Email/get': () => ['Email/get', { state: '1', list: [], notFound: [] }],
    'Email/query': () => ['Email/query', { ids: [], queryState: '1', position: 0 }],
    'Email/changes': () => [
      'Email/changes',
      { oldState: '1', newState: '1', hasMoreChanges: false, created: [], updated: [] },
    ],
    ...options.methods,
  };
  const say = (outgoing: ServerResponse, value: unknown): void => {
    outgoing.setHeader('content-type', 'application/json');
    outgoing.end(JSON.stringify(value));
  };

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const wanted = options.authorization?.();
    if (wanted !== undefined && incoming.headers.authorization !== wanted) {
      outgoing.writeHead(401).end();
    } else if (incoming.url === '/.well-known/jmap') say(outgoing, sessionWith(options.session));
    else if (incoming.url?.startsWith('/events/') === true && options.events !== undefined) {
      options.events(outgoing);
    } else if (incoming.method === 'POST') {
      const { methodCalls } = JSON.parse(await bodyOf(incoming)) as {
        methodCalls: [string, Record<string, unknown>, string][];
      };
      calls.push(methodCalls.map(([name]) => name).join(' '));
      const methodResponses = methodCalls.map(([name, args, id]) => [
        ...(methods[name]?.(args) ?? ['error', { type: 'unknownMethod' }]),
        id,
      ]);
      say(outgoing, { methodResponses, sessionState: 's1' });
    } else outgoing.writeHead(404).end();
  }

  const server = await serve((incoming, outgoing) => void answer(incoming, outgoing));
  return { ...server, calls };
}

function sessionWith(more: StandInOptions['session'] = {}): unknown {
  return {
    apiUrl: '/api/',
    eventSourceUrl: '/events/{types}/{closeafter}/{ping}',
    state: 's1',
    capabilities: { [CORE]: { maxObjectsInGet: 500, maxCallsInRequest: 16 }, [MAIL]: {} },
    accounts: { a1: { name: 'canary@example.com', isReadOnly: false } },
    primaryAccounts: { [MAIL]: 'a1' },
    ...more,
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

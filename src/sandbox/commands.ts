import { Share, Span, type DialsPatch } from './config.ts';
import type { Destination } from './truth.ts';

/** What a person at the demo asks for. */
export type Command =
  | { readonly type: 'set'; readonly patch: DialsPatch; readonly said: string }
  | {
      readonly type: 'requeue';
      readonly to: Destination;
      /** How far back, in milliseconds. */
      readonly sinceMs: number;
      readonly duplicates: number;
      readonly said: string;
    }
  | { readonly type: 'recover'; readonly said: string }
  | { readonly type: 'help'; readonly said: string }
  | { readonly type: 'unknown'; readonly said: string };

interface Verb {
  readonly usage: string;
  readonly help: string;
  /** Undefined: the words do not fit `usage`. */
  readonly parse: (words: readonly string[]) => Command | undefined;
}

const VERBS: Readonly<Record<string, Verb>> = {
  break: {
    usage: 'break [helpdesk|control|smtp|api]',
    help: 'accept mail and ingest nothing; no mailbox; refuse mail; an API that answers 500',
    parse: ([what = 'helpdesk', ...rest]) =>
      rest.length === 0 && Object.hasOwn(BREAKS, what) ? BREAKS[what] : undefined,
  },
  lose: shareVerb('lose 5% [control]', 'accept mails and never ingest them', (to, share) =>
    set({ [to]: { loss: share } }, `${percent(share)} of the mail to the ${to} disappears`),
  ),
  misfile: shareVerb('misfile 10% [control]', 'put mails into spam', (to, share) =>
    set({ [to]: { misfile: share } }, `${percent(share)} of the mail to the ${to} goes to spam`),
  ),
  duplicate: shareVerb('duplicate 10% [control]', 'ingest mails twice', (to, share) =>
    set({ [to]: { duplicates: share } }, `${percent(share)} of the mail to the ${to} comes twice`),
  ),
  delay: {
    usage: 'delay 2m | delay 10m-20m [control]',
    help: 'take so long to ingest a mail',
    parse([text = '', ...rest]) {
      const [to, delay] = [destination(rest), delayOf(text)];
      if (to === undefined || delay === undefined) return undefined;
      return set({ [to]: { delay } }, `mail to the ${to} takes ${text}`);
    },
  },
  slow: {
    usage: 'slow 30% 10m-20m [control]',
    help: 'send a share of the mail on a slow path',
    parse([share = '', text = '', ...rest]) {
      const [to, part, delay] = [destination(rest), shareOf(share), delayOf(text)];
      if (to === undefined || part === undefined || delay === undefined) return undefined;
      const said = `${percent(part)} of the mail to the ${to} takes ${text} longer`;
      return set({ [to]: { slow: { share: part, delay } } }, said);
    },
  },
  lag: spanVerb('lag 30s', 'how far lists of the helpdesk lie behind', (ms, text) =>
    set({ helpdesk: { lag: ms } }, `lists lie ${text} behind`),
  ),
  push: spanVerb('push 30s', 'how long the mailbox holds news back', (ms, text) =>
    set({ control: { push: ms } }, `the mailbox holds news back for ${text}`),
  ),
  limit: {
    usage: 'limit 10',
    help: 'API requests a minute',
    parse: ([text = '', ...rest]) =>
      rest.length === 0 && /^[1-9]\d{0,5}$/.test(text)
        ? set({ helpdesk: { limit: Number(text) } }, `the API allows ${text} requests a minute`)
        : undefined,
  },
  silence: wordVerb('silence', 'keep connections to the mailbox open and say nothing', () =>
    set({ control: { line: 'silent' } }, 'the mailbox says nothing any more'),
  ),
  refuse: wordVerb('refuse', 'refuse mail (5xx)', () =>
    set({ smtp: { answer: 'refuse' } }, 'mail is refused'),
  ),
  defer: wordVerb('defer', 'put mail off (4xx)', () =>
    set({ smtp: { answer: 'defer' } }, 'mail is deferred'),
  ),
  hang: wordVerb('hang', 'take connections for mail and never answer', () =>
    set({ smtp: { answer: 'hang' } }, 'SMTP hangs'),
  ),
  requeue: {
    usage: 'requeue 1h [2%]',
    help: 'ingest what was lost since then, and a share of the rest once more',
    parse([text = '', share = '0%', ...rest]) {
      const [sinceMs, duplicates] = [spanOf(text), shareOf(share)];
      if (sinceMs === undefined || duplicates === undefined || rest.length > 0) return undefined;
      const said = `the mail of the last ${text} is queued again`;
      return { type: 'requeue', to: 'helpdesk', sinceMs, duplicates, said };
    },
  },
  recover: wordVerb('recover', 'everything as at the start', () => ({
    type: 'recover',
    said: 'everything is well again',
  })),
  help: wordVerb('help', 'this list', () => ({ type: 'help', said: commandHelp() })),
};

const BREAKS: Readonly<Record<string, Command>> = {
  helpdesk: set({ helpdesk: { outage: true } }, 'the helpdesk accepts mail and ingests nothing'),
  control: set({ control: { line: 'down' } }, 'the control mailbox is down'),
  smtp: set({ smtp: { answer: 'refuse' } }, 'mail is refused'),
  api: set({ helpdesk: { fault: fault500() } }, 'the API answers 500'),
};

/** Reads one line of a person; what cannot be read says how it is written. */
export function parseCommand(line: string): Command {
  const [name = '', ...words] = line.trim().toLowerCase().split(/\s+/);
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb === undefined) {
    const said = name === '' ? 'type help for what there is' : 'no such command: try help';
    return { type: 'unknown', said };
  }
  return verb.parse(words) ?? { type: 'unknown', said: `write it like this: ${verb.usage}` };
}

/** One line a command, for a terminal. */
export function commandHelp(): string {
  const verbs = Object.values(VERBS);
  const width = Math.max(...verbs.map(({ usage }) => usage.length));
  return verbs.map(({ usage, help }) => `${usage.padEnd(width)}  ${help}`).join('\n');
}

function set(patch: DialsPatch, said: string): Command {
  return { type: 'set', patch, said };
}

function fault500(): NonNullable<NonNullable<DialsPatch['helpdesk']>['fault']> {
  return { do: 'status', status: 500, on: 'all', share: 1, times: null };
}

function wordVerb(usage: string, help: string, make: () => Command): Verb {
  return { usage, help, parse: (words) => (words.length === 0 ? make() : undefined) };
}

function shareVerb(
  usage: string,
  help: string,
  make: (to: Destination, share: number) => Command,
): Verb {
  return {
    usage,
    help,
    parse([text = '', ...rest]) {
      const [to, share] = [destination(rest), shareOf(text)];
      return to === undefined || share === undefined ? undefined : make(to, share);
    },
  };
}

function spanVerb(usage: string, help: string, make: (ms: number, text: string) => Command): Verb {
  return {
    usage,
    help,
    parse([text = '', ...rest]) {
      const ms = spanOf(text);
      return ms === undefined || rest.length > 0 ? undefined : make(ms, text);
    },
  };
}

/** Whom a command is about: the helpdesk unless it says control. */
function destination(words: readonly string[]): Destination | undefined {
  const [word = 'helpdesk', ...rest] = words;
  if (rest.length > 0) return undefined;
  return word === 'helpdesk' || word === 'control' ? word : undefined;
}

function shareOf(text: string): number | undefined {
  return text === '' ? undefined : Share.safeParse(text).data;
}

function spanOf(text: string): number | undefined {
  return Span.safeParse(text).data;
}

type DelayValue = NonNullable<NonNullable<DialsPatch['helpdesk']>['delay']>;

/** `2m`, or `10m-20m` for anything between. */
function delayOf(text: string): DelayValue | undefined {
  const [from = '', to] = text.split('-');
  const [fromMs, toMs] = [spanOf(from), spanOf(to ?? from)];
  if (fromMs === undefined || toMs === undefined || toMs < fromMs) return undefined;
  return to === undefined ? { type: 'fixed', ms: fromMs } : { type: 'uniform', fromMs, toMs };
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10}%`;
}

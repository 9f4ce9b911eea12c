import type { Cut, Rule } from '../support/tcp-proxy.ts';
import { isIn, type Cell, type Fault, type Stage } from './cells.ts';
import { SETTING } from './setting.ts';

/** The step of a dialogue that a cell is about: what says that it is taken, and which way it goes. */
type Step = Pick<Rule, 'on' | 'match'>;

const SMTP_STEPS: { readonly [S in Stage]?: RegExp } = {
  ehlo: /^(?:EHLO|HELO) /,
  auth: /^AUTH /,
  mail: /^MAIL FROM/,
  rcpt: /^RCPT TO/,
  data: /^DATA$/,
  body: /^Subject: /,
  final: /^\.$/,
  quit: /^QUIT$/,
};

const HTTP_STEPS: { readonly [S in Stage]?: RegExp } = {
  token: /^POST \/v2\/oauth2\/token /,
  list: /^GET \/v2\/conversations\?\S*status=all/,
  spam: /^GET \/v2\/conversations\?\S*status=spam/,
  source: /^GET \S*\/original-source /,
};

function stepOf({ line, stage }: Cell): Step {
  if (stage === 'connect') return { on: 'connect' };
  if (stage === 'greeting') return { on: 'server-line', match: /^(?:220 |\* OK sandbox ready)/ };
  if (line === 'smtp') return { on: 'client-line', match: SMTP_STEPS[stage] ?? /$^/ };
  if (line === 'helpscout') return { on: 'client-bytes', match: HTTP_STEPS[stage] ?? /$^/ };
  // Of several folders the first: the same command is the next look's.
  const command = stage === 'status' ? 'STATUS Junk' : stage;
  return { on: 'client-line', match: new RegExp(`^\\w+ (?:UID )?${command}\\b`, 'i') };
}

const ALWAYS = Number.POSITIVE_INFINITY;

const WELCOME = { answer: '235 2.7.0 welcome\r\n' };

/** The relay offers a login and takes any. */
const LOGIN: readonly Rule[] = [
  {
    ...{ on: 'server-line', match: /^250-PIPELINING/, times: ALWAYS },
    do: { instead: '250-PIPELINING\r\n250-AUTH PLAIN\r\n' },
  },
  { on: 'client-line', match: /^AUTH /, times: ALWAYS, do: WELCOME },
];

/** What counts as one more time: a dialogue, or the faulty step itself. */
export function countedBy(cell: Cell): Rule['on'] {
  return cell.line === 'smtp' ? 'connect' : stepOf(cell).on;
}

/**
 * The fault of a cell as rules of a proxy, and after it one that only notices when the same is done again. `refuse` has none:
 * nobody listens then. Where the mail was delivered although its answer failed, the server gets the final dot.
 */
export function rulesOf(cell: Cell): readonly Rule[] {
  const step = stepOf(cell);
  const times = cell.span === 'once' ? 1 : ALWAYS;
  const again = cell.line === 'smtp' ? ({ on: 'connect' } as const) : step;
  const rest = [...LOGIN, { ...again, do: { holdMs: 0 }, times: ALWAYS }];
  if (cell.fault === 'refuse') return rest;
  const isTaken = cell.line === 'smtp' && cell.stage === 'final' && cell.mail === 'delivered';
  // Web servers do not wait long for a request over an open connection; the answer to it may take its time.
  const isHeldBack = cell.line === 'helpscout' && cell.fault === 'slow';
  const at = (isTaken && isIn(BREAKS, cell.fault)) || isHeldBack ? 'after' : 'before';
  return [{ ...step, do: effectOf(cell), at, times }, ...rest];
}

const BREAKS = ['reset', 'close', 'hang', 'truncate', 'garbage'] as const;

const CUTS: { readonly [F in Fault]?: Cut } = { reset: 'reset', close: 'close', hang: 'stall' };

function effectOf(cell: Cell): Rule['do'] {
  const { fault, line, stage } = cell;
  if (fault === 'slow')
    return stage === 'auth' ? { ...WELCOME, holdMs: SETTING.slow } : { holdMs: SETTING.slow };
  const isTaken = line === 'smtp' && stage === 'final' && cell.mail === 'delivered';
  // A mail that was handed over whole is taken, though nobody hears of it.
  if (isTaken && fault === 'hang') return { answer: '' };
  if (isTaken && (fault === 'reset' || fault === 'close')) return { answer: '', then: fault };
  const plain = CUTS[fault];
  if (plain !== undefined) return plain;
  if (line === 'helpscout') return { answer: httpAnswer(fault), then: 'close' };
  const { text, then } = line === 'smtp' ? smtpAnswer(stage, fault) : imapAnswer(stage, fault);
  const ending = then === undefined ? {} : { then };
  return stage === 'greeting' ? { instead: text, ...ending } : { answer: text, ...ending };
}

interface Answer {
  readonly text: string;
  readonly then?: Cut;
}

function smtpAnswer(stage: Stage, fault: Fault): Answer {
  // Too early: what follows of the mail reaches nobody.
  const ending: Pick<Answer, 'then'> = stage === 'body' ? { then: 'swallow' } : {};
  if (fault === 'truncate') return { text: '25', then: 'close' };
  if (fault === 'garbage') return { text: '%$! this is no mail server\r\n', ...ending };
  if (fault === '4xx') return { text: '451 4.3.0 not now\r\n', ...ending };
  if (fault === 'unauthenticated') return { text: unauthenticated(stage), ...ending };
  return { text: '554 5.3.0 not ever\r\n', ...ending };
}

function unauthenticated(stage: Stage): string {
  return stage === 'auth'
    ? '535 5.7.8 authentication failed\r\n'
    : '530 5.7.0 authentication required\r\n';
}

function imapAnswer(stage: Stage, fault: Fault): Answer {
  if (fault === 'truncate') return { text: stage === 'greeting' ? '* O' : '* 1 FE', then: 'close' };
  if (fault === 'garbage') return { text: '%$! this is no mailbox\r\n' };
  if (fault === 'bye') return { text: '* BYE out of service\r\n', then: 'close' };
  if (fault === 'bad') return { text: '$1 BAD what do you mean\r\n' };
  const code = stage === 'authenticate' ? '[AUTHENTICATIONFAILED] ' : '';
  return { text: `$1 NO ${code}not today\r\n` };
}

const STATUS: { readonly [F in Fault]?: string } = {
  html: '200 OK',
  '400': '400 Bad Request',
  '401': '401 Unauthorized',
  '404': '404 Not Found',
  '500': '500 Internal Server Error',
  '503': '503 Service Unavailable',
};

const WISHES: { readonly [F in Fault]?: string } = {
  '429-seconds': `Retry-After: ${SETTING.wait / 1_000}`,
  '429-x': `X-RateLimit-Retry-After: ${SETTING.wait / 1_000}`,
  '429-nonsense': 'Retry-After: soon',
  '429-huge': 'Retry-After: 99999999999',
};

/** A date is on the server's own clock, which may be any. */
const SERVER_DATE = Date.UTC(2026, 0, 5, 12);
const DATES = [
  `Date: ${new Date(SERVER_DATE).toUTCString()}`,
  `Retry-After: ${new Date(SERVER_DATE + SETTING.wait).toUTCString()}`,
];

function httpAnswer(fault: Fault): string {
  if (fault === 'garbage') return '%$! this is no API\r\n\r\n';
  if (fault === 'truncate')
    return 'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"_embedded": {"conv';
  const wishes = fault === '429-date' ? DATES : [WISHES[fault] ?? 'X-Nothing: said'];
  const body = '<html><body>out of order</body></html>';
  return [
    `HTTP/1.1 ${STATUS[fault] ?? '429 Too Many Requests'}`,
    ...wishes,
    'Content-Type: text/html',
    `Content-Length: ${body.length}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

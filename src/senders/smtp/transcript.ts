import type { Clock, Instant } from '../../base/clock.ts';
import type { PhaseTimings } from '../sender.ts';

/** What the dialogue waits for. */
export type Stage =
  | 'connect'
  | 'tls'
  | 'greeting'
  | 'ehlo'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'body'
  | 'final'
  | 'quit';

/** Completes "waiting for ..." and "before ..." in what people read. */
export const STAGE_WORDS: Readonly<Record<Stage, string>> = {
  connect: 'the connection',
  tls: 'the TLS handshake',
  greeting: 'the greeting',
  ehlo: 'the reply to EHLO',
  starttls: 'the reply to STARTTLS',
  auth: 'the reply to AUTH',
  mail: 'the reply to MAIL FROM',
  rcpt: 'the reply to RCPT TO',
  data: 'the reply to DATA',
  body: 'the server to take the mail',
  final: 'the reply to the mail',
  quit: 'the reply to QUIT',
};

const VERBS: readonly (readonly [RegExp, Stage])[] = [
  [/^(?:EHLO|HELO) /, 'ehlo'],
  [/^STARTTLS$/, 'starttls'],
  [/^MAIL FROM:/, 'mail'],
  [/^RCPT TO:/, 'rcpt'],
  [/^(?:DATA|\.)$/, 'data'],
  [/^QUIT$/, 'quit'],
];

type Mark = 'start' | 'connected' | 'tlsFrom' | 'tlsTo' | 'greeted' | 'authFrom' | 'authTo';
type LateMark = 'mail' | 'data' | 'final';

/** The phases that begin with a command. */
const BEGINS: { readonly [S in Stage]?: Mark | LateMark } = {
  starttls: 'tlsFrom',
  auth: 'authFrom',
  mail: 'mail',
};

/**
 * Follows one dialogue: which reply is due, and when each phase began and ended.
 * It is fed by nodemailer's transaction log, whose lines are written in the
 * very turn in which a command goes out or a reply has come in, and which
 * masks credentials itself.
 */
export interface Transcript {
  /** For SMTPConnection, with `transactionLog` on. */
  readonly logger: { debug(entry: { readonly tnx?: unknown }, line: unknown): void };
  mark(mark: Mark): void;
  stage(): Stage;
  /** What the latest reply answered. */
  answered(): Stage;
  timings(): PhaseTimings;
  /** The latest reply to EHLO. */
  ehlo(): string;
  /** The reply to the mail, once read. */
  finalReply(): { readonly at: Instant; readonly raw: string } | undefined;
  /** The final dot goes to the socket now. */
  dotSent(): void;
  dotSentAt(): Instant | undefined;
}

/** `implicitTls`: the handshake comes right after connecting. */
export function createTranscript(clock: Clock, implicitTls: boolean): Transcript {
  const marks = new Map<Mark | LateMark, Instant>();
  /** Sent and not answered, oldest first; with PIPELINING more than one. */
  const due: Stage[] = ['greeting'];
  let last: Stage = 'greeting';
  let answered: Stage = 'greeting';
  let ehlo = '';
  let finalReply: { at: Instant; raw: string } | undefined;
  let dotSentAt: Instant | undefined;

  const mark = (name: Mark | LateMark): void => {
    if (!marks.has(name)) marks.set(name, clock.now());
  };

  function onCommand(line: string): void {
    const stage = VERBS.find(([verb]) => verb.test(line))?.[1] ?? 'auth';
    if (stage === 'ehlo' && last === 'starttls') mark('tlsTo');
    if (BEGINS[stage] !== undefined) mark(BEGINS[stage]);
    due.push((last = stage));
  }

  function onReply(raw: string): void {
    answered = due.shift() ?? last;
    if (answered === 'greeting') mark('greeted');
    if (answered === 'ehlo') ehlo = raw;
    if (answered === 'data' && /^[23]/.test(raw)) {
      mark('data');
      due.push((last = 'final'));
    }
    if (answered === 'final') {
      mark('final');
      finalReply = { at: clock.now(), raw };
    }
  }

  function stage(): Stage {
    if (!marks.has('connected')) return 'connect';
    if (implicitTls && !marks.has('tlsTo')) return 'tls';
    const next = due[0] ?? last;
    if (next === 'starttls' && due.length === 0) return 'tls';
    return next === 'final' && dotSentAt === undefined ? 'body' : next;
  }

  return {
    logger: {
      debug(entry, line) {
        if (entry.tnx === 'client') onCommand(String(line));
        if (entry.tnx === 'server') onReply(String(line));
      },
    },
    mark,
    stage,
    answered: () => answered,
    timings: () => timingsOf(marks),
    ehlo: () => ehlo,
    finalReply: () => finalReply,
    dotSent: () => void (dotSentAt ??= clock.now()),
    dotSentAt: () => dotSentAt,
  };
}

function timingsOf(marks: ReadonlyMap<Mark | LateMark, Instant>): PhaseTimings {
  const between = (from: Mark | LateMark, to: Mark | LateMark): number | undefined => {
    const [low, high] = [marks.get(from), marks.get(to)];
    return low === undefined || high === undefined
      ? undefined
      : Math.max(0, Math.round((high - low) * 1_000) / 1_000);
  };
  // With implicit TLS the greeting comes after the handshake, with STARTTLS before it.
  const greetingFrom =
    (marks.get('tlsTo') ?? Infinity) < (marks.get('greeted') ?? 0) ? 'tlsTo' : 'connected';
  const phases = {
    connectMs: between('start', 'connected'),
    tlsMs: between('tlsFrom', 'tlsTo'),
    greetingMs: between(greetingFrom, 'greeted'),
    authMs: between('authFrom', 'authTo'),
    envelopeMs: between('mail', 'data'),
    dataMs: between('data', 'final'),
  };
  return Object.fromEntries(Object.entries(phases).filter(([, ms]) => ms !== undefined));
}

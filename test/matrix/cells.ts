/** Where a fault hits: the line to the sender's relay, to the mailbox, to the helpdesk's API. */
export const STAGES = {
  smtp: ['connect', 'greeting', 'ehlo', 'auth', 'mail', 'rcpt', 'data', 'body', 'final', 'quit'],
  imap: [
    'connect',
    'greeting',
    'capability',
    'id',
    'authenticate',
    'namespace',
    'list',
    'lsub',
    'examine',
    'search',
    'fetch',
    'status',
    'noop',
    'idle',
  ],
  helpscout: ['connect', 'token', 'list', 'spam', 'source'],
} as const;
export type Line = keyof typeof STAGES;
export type Stage = (typeof STAGES)[Line][number];

/** What becomes of a connection, or of the answer that is due. */
const LINE_FAULTS = ['reset', 'close', 'hang', 'truncate', 'garbage', 'slow'] as const;
const RATE_FAULTS = [
  '429-seconds',
  '429-date',
  '429-x',
  '429-none',
  '429-nonsense',
  '429-huge',
] as const;
const HTTP_FAULTS = ['html', '400', '401', '404', '500', '503', ...RATE_FAULTS] as const;
const SMTP_FAULTS = ['4xx', '5xx', 'unauthenticated'] as const;
const IMAP_FAULTS = ['no', 'bad', 'bye'] as const;

export type Fault =
  | 'refuse'
  | (typeof LINE_FAULTS)[number]
  | (typeof HTTP_FAULTS)[number]
  | (typeof SMTP_FAULTS)[number]
  | (typeof IMAP_FAULTS)[number];

/** One case of the matrix: one canary, one fault. */
export interface Cell {
  readonly line: Line;
  readonly stage: Stage;
  readonly fault: Fault;
  /** The first time only, or each time until the canary is forgotten. */
  readonly span: 'once' | 'lasting';
  /** What the mail system does with the mail: delivers it at once, or takes it and loses it (smtp: never got it). */
  readonly mail: 'delivered' | 'lost';
}

export function nameOf({ line, stage, fault, span, mail }: Cell): string {
  return `${line} ${stage} ${fault} ${span} ${mail}`;
}

/** All of them, in the order of the page. */
export function allCells(): readonly Cell[] {
  return [...smtpCells(), ...imapCells(), ...helpscoutCells()];
}

function smtpCells(): readonly Cell[] {
  return STAGES.smtp.flatMap((stage) =>
    smtpFaults(stage).flatMap((fault): readonly Cell[] => {
      const cell = { line: 'smtp', stage, fault, span: 'lasting', mail: 'delivered' } as const;
      if (fault === '4xx') return [{ ...cell, span: 'once' }, cell];
      const isUnclear = stage === 'final' && isIn(LINE_FAULTS, fault) && fault !== 'slow';
      return isUnclear ? [cell, { ...cell, mail: 'lost' }] : [cell];
    }),
  );
}

function smtpFaults(stage: (typeof STAGES.smtp)[number]): readonly Fault[] {
  if (stage === 'connect') return ['refuse', 'reset', 'hang'];
  if (stage === 'body') return ['reset', 'close', 'hang', 'garbage', '4xx', '5xx'];
  if (stage === 'quit') return [...LINE_FAULTS, '5xx'];
  if (stage === 'greeting' || stage === 'ehlo') return [...LINE_FAULTS, '4xx', '5xx'];
  return [...LINE_FAULTS, ...SMTP_FAULTS];
}

function imapCells(): readonly Cell[] {
  return STAGES.imap.flatMap((stage) =>
    imapFaults(stage).flatMap((fault) => spans('imap', stage, fault)),
  );
}

function imapFaults(stage: (typeof STAGES.imap)[number]): readonly Fault[] {
  if (stage === 'connect') return ['refuse', 'reset', 'hang'];
  if (stage === 'greeting') return [...LINE_FAULTS, 'bye'];
  return [...LINE_FAULTS, ...IMAP_FAULTS];
}

function helpscoutCells(): readonly Cell[] {
  return STAGES.helpscout.flatMap((stage) =>
    (stage === 'connect'
      ? (['refuse', 'reset', 'hang'] as const)
      : [...LINE_FAULTS, ...HTTP_FAULTS]
    ).flatMap((fault) => spans('helpscout', stage, fault)),
  );
}

/**
 * A fault that lasts, whether or not the mail came; one that passes; and one that passes while the mail is really lost, which
 * must not be missed for it. The source is asked for only where a mail is.
 */
function spans(line: Line, stage: Stage, fault: Fault): readonly Cell[] {
  const cell = { line, stage, fault } as const;
  const delivered = [
    { ...cell, span: 'once', mail: 'delivered' },
    { ...cell, span: 'lasting', mail: 'delivered' },
  ] as const;
  if (stage === 'source') return delivered;
  const lost = [
    { ...cell, span: 'once', mail: 'lost' },
    { ...cell, span: 'lasting', mail: 'lost' },
  ] as const;
  return isIn(LOST_TOO[line], stage) ? [...delivered, ...lost] : delivered;
}

/** Where losses are tried as well: one stage of each kind. */
const LOST_TOO: Readonly<Record<Line, readonly Stage[]>> = {
  smtp: [],
  imap: ['examine', 'status', 'noop'],
  helpscout: ['token', 'list', 'spam'],
};

export function isIn<T extends string>(list: readonly T[], text: string): text is T {
  return list.some((item) => item === text);
}

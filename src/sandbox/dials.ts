import type { ControlDials, DialsPatch, HelpdeskDials, IngestDials, SmtpDials } from './config.ts';

/** How the sandbox behaves now; durations in milliseconds, shares from 0 to 1. */
export interface DialValues {
  readonly smtp: SmtpDials;
  readonly helpdesk: HelpdeskDials;
  readonly control: ControlDials;
}

/** The dials, to be read and set while everything runs. */
export interface Dials {
  read(): DialValues;
  /** Changes what the patch names; holds for what happens from now on. */
  set(patch: DialsPatch): void;
  /** Back to the values of the start. */
  reset(): void;
  onChange(listener: () => void): void;
}

const HEALTHY_INGEST: IngestDials = {
  delay: { type: 'lognormal', medianMs: 2_000, p99Ms: 8_000 },
  slow: { share: 0, delay: { type: 'uniform', fromMs: 600_000, toMs: 1_200_000 } },
  loss: 0,
  duplicates: 0,
  repeat: { type: 'fixed', ms: 30_000 },
  misfile: 0,
  outage: false,
  drain: 0,
  offset: 0,
};

/** A mail system and a helpdesk in good health. */
export const HEALTHY: DialValues = {
  smtp: { answer: 'accept', stage: 'rcpt', share: 1, code: null, offset: 0 },
  helpdesk: {
    ...HEALTHY_INGEST,
    servers: {},
    copies: 'conversation',
    stamp: 'ingested',
    lag: 3_000,
    spam: 'apart',
    deleted: 'gone',
    source: 15 * 86_400_000,
    parameters: 'strict',
    token: 172_800_000,
    limit: 400,
    fault: null,
    hooks: { delay: { type: 'fixed', ms: 0 }, loss: 0, retries: 0 },
  },
  control: {
    ...HEALTHY_INGEST,
    delay: { type: 'fixed', ms: 200 },
    line: 'up',
    pause: 0,
    push: 0,
  },
};

export function createDials(patch: DialsPatch = {}): Dials {
  const start = merge(HEALTHY, patch);
  const listeners = new Set<() => void>();
  let values = start;
  const change = (next: DialValues): void => {
    values = next;
    for (const listener of listeners) listener();
  };
  return {
    read: () => values,
    set: (next) => change(merge(values, next)),
    reset: () => change(start),
    onChange: (listener) => void listeners.add(listener),
  };
}

function merge(values: DialValues, patch: DialsPatch): DialValues {
  return {
    smtp: { ...values.smtp, ...given(patch.smtp) },
    helpdesk: { ...values.helpdesk, ...given(patch.helpdesk) },
    control: { ...values.control, ...given(patch.control) },
  };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** What of a patch has a value: an undefined must not wipe out a dial. */
function given<T extends object>(patch: T | undefined): Given<T> {
  const kept: Given<T> = {};
  for (const key in patch) {
    const value = patch[key];
    if (isGiven(value)) kept[key] = value;
  }
  return kept;
}

function isGiven<T>(value: T): value is Exclude<T, undefined> {
  return value !== undefined;
}

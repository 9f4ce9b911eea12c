import * as z from 'zod'; // the namespace form lets the bundler leave out what is not used
import { parseDuration } from '../base/duration.ts';

/** How long something takes, drawn anew each time; all in milliseconds. */
export type SimpleDelay =
  | { readonly type: 'fixed'; readonly ms: number }
  | { readonly type: 'uniform'; readonly fromMs: number; readonly toMs: number }
  | { readonly type: 'lognormal'; readonly medianMs: number; readonly p99Ms: number };
export type Delay =
  | SimpleDelay
  /** `share` of the draws are slow. */
  | {
      readonly type: 'bimodal';
      readonly share: number;
      readonly fast: SimpleDelay;
      readonly slow: SimpleDelay;
    };

const SPAN_HINT = 'write a duration such as 0s, 90s or 10m';

/** Milliseconds from `0s`, `90s`, `1h30m`. */
export const Span = z.string().transform((text, context): number => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: 'custom', message: `is not a duration: ${SPAN_HINT}` });
  return z.NEVER;
});

/** A span that may point back: `-40s`. */
const Offset = z.string().transform((text, context): number => {
  const ms = parseDuration(text.replace(/^[+-]/, ''));
  if (ms !== undefined) return text.startsWith('-') ? -ms : ms;
  context.addIssue({ code: 'custom', message: 'is not an offset: write 40s or -40s' });
  return z.NEVER;
});

/** A part of all mails, 0 to 1, from `0.05` or `5%`. */
export const Share = z.union([z.number(), z.string()]).transform((value, context): number => {
  const percent = typeof value === 'string' ? /^(\d+(?:\.\d+)?)%$/.exec(value)?.[1] : undefined;
  const share = percent === undefined ? Number(value) : Number(percent) / 100;
  if (value !== '' && share >= 0 && share <= 1) return share;
  context.addIssue({ code: 'custom', message: 'is not a share: write 0 to 1, or 5%' });
  return z.NEVER;
});

const Fixed = Span.transform((ms) => ({ type: 'fixed', ms }) as const);
const Uniform = z
  .strictObject({ uniform: z.strictObject({ from: Span, to: Span }) })
  .refine(({ uniform }) => uniform.from <= uniform.to, { message: 'must have from before to' })
  .transform(
    ({ uniform }) => ({ type: 'uniform', fromMs: uniform.from, toMs: uniform.to }) as const,
  );
const Lognormal = z
  .strictObject({ lognormal: z.strictObject({ median: Span, p99: Span }) })
  .refine(({ lognormal }) => lognormal.median > 0 && lognormal.median <= lognormal.p99, {
    message: 'must have a median of more than 0 and a p99 that is not smaller',
  })
  .transform(
    ({ lognormal: { median, p99 } }) =>
      ({ type: 'lognormal', medianMs: median, p99Ms: p99 }) as const,
  );
const SimpleDelay = z.union([Fixed, Uniform, Lognormal]);
const Bimodal = z
  .strictObject({ bimodal: z.strictObject({ share: Share, fast: SimpleDelay, slow: SimpleDelay }) })
  .transform(({ bimodal }) => ({ type: 'bimodal', ...bimodal }) as const);
const DelayDial = z.union([Fixed, Uniform, Lognormal, Bimodal]);

const Count = z.int().min(1);
const Slow = z.strictObject({ share: Share, delay: DelayDial });

const smtp = {
  /** What becomes of a dialogue at `stage`; `share` of them. `code` is for refuse (5xx) and defer (4xx). */
  answer: z.enum(['accept', 'refuse', 'defer', 'hang', 'reset']),
  stage: z.enum(['connect', 'mail', 'rcpt', 'data']),
  share: Share,
  /** Null: 554 or 451. */
  code: z.int().min(400).max(599).nullable(),
  /** Clock of the inbound servers minus the true one. */
  offset: Offset,
};

const ingest = {
  /** From acceptance to ingestion. */
  delay: DelayDial,
  /** A share of mails takes another delay on top. */
  slow: Slow,
  /** A share is accepted and never ingested. */
  loss: Share,
  /** A share is ingested twice, the second time `repeat` after the first. */
  duplicates: Share,
  repeat: DelayDial,
  /** A share goes to the spam view. */
  misfile: Share,
  /** While true, what is due is held; then it is released in order, one every `drain`. */
  outage: z.boolean(),
  drain: Span,
  /** Clock of the destination minus the true one. */
  offset: Offset,
};

const Fault = z.strictObject({
  do: z.enum(['status', 'garbage', 'cut', 'hang', 'reset']),
  status: z.int().min(400).max(599).default(500),
  on: z.enum(['all', 'token', 'list', 'read', 'write']).default('all'),
  share: Share.default(1),
  /** Ends after so many; null: goes on. */
  times: Count.nullable().default(null),
});
export type Fault = z.output<typeof Fault>;

const helpdesk = {
  ...ingest,
  /** What the bad ones among the inbound servers do, by name; on top of the rest. */
  servers: z.record(
    z.string(),
    z.strictObject({
      loss: Share.default(0),
      slow: Slow.optional(),
      out: z.boolean().default(false),
    }),
  ),
  /** A second ingestion is a conversation of its own, or a thread of the first. */
  copies: z.enum(['conversation', 'thread']),
  /** createdAt is when it was ingested, or when the inbound server took it (not documented). */
  stamp: z.enum(['ingested', 'accepted']),
  /** How far lists lie behind. */
  lag: Span,
  /** Whether lists of status=all have spam in them (not documented). */
  spam: z.enum(['apart', 'in-all']),
  /** What a deleted conversation answers: 404, or itself with state "deleted" (not documented). */
  deleted: z.enum(['gone', 'kept']),
  /** How long the original source can be read (documented for the old API only: 15 days). */
  source: Span,
  /** Whether parameters that the documentation does not name are refused. */
  parameters: z.enum(['strict', 'lenient']),
  /** How long an access token lasts. */
  token: Span,
  /** Requests a minute; writes count 2. */
  limit: Count,
  fault: Fault.nullable(),
  /** Webhook calls: their delay, and the share that is never made. */
  hooks: z.strictObject({
    delay: DelayDial.default({ type: 'fixed', ms: 0 }),
    loss: Share.default(0),
    /** Further tries after a failed one, 30 s apart (not documented). */
    retries: z.int().min(0).max(10).default(0),
  }),
};

const control = {
  ...ingest,
  /** down: no connections; silent: they stay open and nothing is answered. */
  line: z.enum(['up', 'down', 'silent']),
  /** How long each answer takes. */
  pause: Span,
  /** How long IDLE holds news back. */
  push: Span,
};

/** Every dial; what is not in a patch stays as it is. */
export const DialsPatch = z.strictObject({
  smtp: z.strictObject(smtp).partial().optional(),
  helpdesk: z.strictObject(helpdesk).partial().optional(),
  control: z.strictObject(control).partial().optional(),
});
export type DialsPatch = z.output<typeof DialsPatch>;

type Values<T extends Record<string, z.ZodType>> = { readonly [K in keyof T]: z.output<T[K]> };
export type SmtpDials = Values<typeof smtp>;
export type IngestDials = Values<typeof ingest>;
export type HelpdeskDials = Values<typeof helpdesk>;
export type ControlDials = Values<typeof control>;

const Requeue = z.strictObject({
  to: z.enum(['helpdesk', 'control']).default('helpdesk'),
  /** Scenario time. */
  since: Span,
  until: Span.optional(),
  /** The share of those already ingested that is ingested again. */
  duplicates: Share.default(0),
  /** Spread evenly over so long. */
  over: Span.default(0),
});

const Step = z
  .strictObject({
    at: Span,
    say: z.string().min(1).optional(),
    set: DialsPatch.optional(),
    requeue: Requeue.optional(),
    /** Every dial as the scenario began. */
    recover: z.literal(true).optional(),
    /** The monitor stops and is started again after so long; a simulation can do that, a sandbox has no monitor. */
    monitor: z.strictObject({ down: Span }).optional(),
    /** The monitor's wall clock jumps; a simulation can do that. */
    clock: Offset.optional(),
  })
  .refine((step) => step.set ?? step.requeue ?? step.recover ?? step.monitor ?? step.clock, {
    message: 'does nothing: write set, requeue, recover, monitor or clock',
  });

/** A scenario file. */
export const ScenarioFile = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'is not a name: use a-z, 0-9 and -'),
    about: z.string().min(1),
    /** Inbound servers of the helpdesk. */
    servers: z.int().min(1).max(64).default(1),
    lasts: Span,
    initial: DialsPatch.default({}),
    steps: z.array(Step),
  })
  .superRefine(({ steps, lasts }, context) => {
    steps.forEach(({ at }, index) => {
      const before = steps[index - 1]?.at ?? 0;
      const path = ['steps', index, 'at'];
      if (at < before)
        context.addIssue({ code: 'custom', path, message: 'is before the last step' });
      if (at > lasts)
        context.addIssue({ code: 'custom', path, message: 'is after the end (lasts)' });
    });
  });
export type ScenarioFile = z.output<typeof ScenarioFile>;

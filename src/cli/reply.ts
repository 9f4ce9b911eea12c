import * as z from 'zod';
import { REASONS } from '../base/errors.ts';
import { VERDICTS } from '../domain/canary.ts';
import { PLACES } from '../domain/sighting.ts';
import type { Reading } from '../domain/verdict.ts';
import { CONTROL_RESULTS } from '../metrics/labels.ts';
import type { CanaryReport } from '../server/records.ts';
import { STATES } from '../server/state.ts';

// What the monitor's API answers, as far as commands use it.

const READINGS = [
  'on_time',
  'late',
  'misfiled',
  'lost',
  'unsent',
  'in_doubt',
  'blind',
] as const satisfies readonly Reading[];

const Time = z.iso.datetime();
const Dialogue = z.object({ at: Time.nullable(), detail: z.string() }).nullable();

export const CanaryReply: z.ZodType<CanaryReport> = z.object({
  probe: z.string(),
  id: z.string(),
  outcome: z.enum(READINGS).nullable(),
  verdict: z.enum(VERDICTS).nullable(),
  reason: z.enum(REASONS).nullable(),
  sent_at: Time.nullable(),
  accepted_at: Time.nullable(),
  ingested_at: Time.nullable(),
  observed_at: Time.nullable(),
  latency_seconds: z.number().nullable(),
  latency_error_seconds: z.number().nullable(),
  place: z.enum(PLACES).nullable(),
  duplicates: z.number(),
  queue_id: z.string().nullable(),
  hops: z.array(
    z.object({
      from: z.string(),
      by: z.string(),
      seconds: z.number().nullable(),
      clock_suspect: z.boolean(),
    }),
  ),
  kind: z.enum(['scheduled', 'burst', 'manual']),
  role: z.enum(['target', 'control']),
  sender: z.string(),
  observer: z.string(),
  vantage: z.string(),
  path: z.string(),
  late_after_seconds: z.number(),
  lost_after_seconds: z.number(),
  refusal: Dialogue,
  doubt: Dialogue,
  stages: z.array(
    z.object({
      observer: z.string(),
      place: z.enum(PLACES),
      ingested_at: Time.nullable(),
      observed_at: Time.nullable(),
      latency_seconds: z.number().nullable(),
      latency_error_seconds: z.number().nullable(),
    }),
  ),
  scheduled_at: Time.nullable(),
  suspected_at: Time.nullable(),
  settled_at: Time.nullable(),
  written_off_at: Time.nullable(),
  forgotten_at: Time.nullable(),
});

export const LaunchReply = z.object({ probe: z.string(), id: z.string() });

const Pause = z.object({ since: Time, until: Time, reason: z.string() });

export const PauseReply = z.object({ probe: z.string(), pause: Pause });

export const ResumeReply = z.object({ probe: z.string(), was_paused: z.boolean() });

/** `/readyz`. */
export const ReadinessReply = z.object({
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});

const Observer = z.looseObject({
  name: z.string(),
  horizon_at: Time.nullable(),
  last_look_at: Time.nullable(),
  failure: z.object({ reason: z.enum(REASONS), message: z.string(), since: Time }).nullable(),
  /** Null where it has none, or nobody could say. */
  positive_control: z
    .looseObject({
      result: z.enum(CONTROL_RESULTS).nullable(),
      age_seconds: z.number().nullable(),
    })
    .nullable()
    .default(null),
});
export type ObserverFacts = z.output<typeof Observer>;

export const ObserversReply = z.object({ observers: z.array(Observer) });

const Probe = z.looseObject({
  name: z.string(),
  state: z.enum([...STATES, 'unknown']),
  to: z.string(),
  observer: z.string(),
  sender: z.string(),
  interval_seconds: z.number(),
  suspect_after_seconds: z.number(),
  late_after_seconds: z.number(),
  pause: Pause.nullable(),
  next_launch_at: Time.nullable(),
  oldest_unserved_tick_at: Time.nullable(),
  horizon_at: Time.nullable(),
  lag_seconds: z.number().nullable(),
  head_waiting: z.number(),
  stragglers: z.number(),
  overdue: z.number(),
  in_flight: z.number(),
  newest_ingested_at: Time.nullable(),
  last_latency_seconds: z.number().nullable(),
  last_latency_error_seconds: z.number().nullable(),
  /** Of a chain: overdue canaries that came to an observer in front, and no farther; monitors of before have none. */
  stages: z.array(z.object({ observer: z.string(), stuck: z.number() })).nullish(),
  loss: z
    .looseObject({
      lost: z.number(),
      judged: z.number(),
      level: z.enum(['usual', 'suspected', 'confirmed']),
    })
    .nullish(),
  last_trouble: z
    .object({
      id: z.string(),
      sent_at: Time,
      outcome: z.string(),
      reason: z.enum(REASONS).nullable(),
    })
    .nullable(),
});
/** What `/api/v1/probes` says of one probe; what is not named here passes through. */
export type ProbeFacts = z.output<typeof Probe>;

export const ProbesReply = z.object({ probes: z.array(Probe) });

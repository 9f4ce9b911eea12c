import * as z from 'zod';
import { REASONS } from '../base/errors.ts';
import {
  OUTCOMES,
  VERDICTS,
  type Canary,
  type Fact,
  type Launch,
  type Passage,
} from '../domain/canary.ts';
import type { Effect, LedgerEvent } from '../domain/events.ts';
import type { TrailContent } from '../domain/loss/trail.ts';
import type { Pause } from '../domain/schedule.ts';
import type { ClockMark } from './store.ts';
import { PLACES, type Sighting } from '../domain/sighting.ts';

/*
 * The stored JSON. Instants stand in it as they are in code (epoch milliseconds
 * with microseconds in the fraction): JSON keeps doubles exactly. `z.number()`
 * refuses NaN and infinities, which JSON would silently turn into null.
 */

const Interval = z.object({ low: z.number(), high: z.number() });
const Reason = z.enum(REASONS);
const Place = z.enum(PLACES);

const Policy = z.object({
  suspectAfterMs: z.number(),
  lateAfterMs: z.number(),
  lostAfterMs: z.number(),
  forgetAfterMs: z.number(),
});

const Route = z.object({
  probe: z.string(),
  role: z.enum(['target', 'control']),
  sender: z.string(),
  observer: z.string(),
  site: z.string().exactOptional(),
  front: z.array(z.string()).exactOptional(),
  vantage: z.string(),
  path: z.string(),
  shape: z.string(),
});

/** A launch as stored. */
export const LaunchRecord: z.ZodType<Launch> = z.object({
  id: z.string().min(1),
  token: z.string().min(1),
  sequence: z.number(),
  route: Route,
  kind: z.enum(['scheduled', 'burst', 'manual']),
  policy: Policy,
  scheduledAt: z.number().nullable(),
  launchedAt: z.number(),
});

const Acceptance = z.object({
  at: Interval,
  queueId: z.string().nullable(),
  serverMessageId: z.string().nullable(),
});

const Refusal = z.object({
  at: z.number(),
  reason: Reason,
  code: z.number().nullable(),
  detail: z.string(),
});

const Doubt = z.object({ at: Interval, reason: Reason, detail: z.string() });

const Stamp = z.object({ at: z.number(), quantumMs: z.number(), source: z.string() });

const Hop = z.object({
  from: z.string(),
  by: z.string(),
  seconds: z.number().nullable(),
  clockSuspect: z.boolean(),
});

const SightingRecord: z.ZodType<Sighting> = z.object({
  externalId: z.string(),
  place: Place,
  ingested: Interval,
  seenAt: z.number(),
  stamp: Stamp.nullable(),
  hops: z.array(Hop),
  foreignMessageId: z.string().nullable(),
});

const PassageRecord: z.ZodType<Passage> = z.object({
  observer: z.string(),
  sighting: SightingRecord,
});

const ClockStepRecord = z.object({ at: z.number(), byMs: z.number() });

const Settlement = z.object({
  verdict: z.enum(VERDICTS),
  at: z.number(),
  horizon: z.number().nullable(),
});

/** When our clock was written down last, as stored. */
export const ClockMarkRecord: z.ZodType<ClockMark> = z.object({
  at: z.number(),
  uptime: z.object({ bootId: z.string(), ms: z.number() }),
});

/** A canary with all that is known about it, as stored. */
export const CanaryRecord: z.ZodType<Canary> = z.object({
  launch: LaunchRecord,
  acceptance: Acceptance.nullable(),
  refusal: Refusal.nullable(),
  doubt: Doubt.nullable(),
  sightings: z.array(SightingRecord),
  ingestion: SightingRecord.nullable(),
  passages: z.array(PassageRecord).default([]),
  copies: z.number(),
  suspectedAt: z.number().nullable(),
  settlement: Settlement.nullable(),
  writtenOffAt: z.number().nullable(),
  forgottenAt: z.number().nullable(),
  clockSteps: z.array(ClockStepRecord).default([]),
});

const factVariants = [
  z.object({ type: z.literal('accepted'), acceptance: Acceptance }),
  z.object({ type: z.literal('refused'), refusal: Refusal }),
  z.object({ type: z.literal('doubted'), doubt: Doubt }),
  z.object({ type: z.literal('sighted'), sighting: SightingRecord }),
  z.object({ type: z.literal('passed'), passage: PassageRecord }),
  z.object({ type: z.literal('copied'), at: z.number(), copies: z.number() }),
  z.object({ type: z.literal('suspected'), at: z.number() }),
  z.object({ type: z.literal('settled'), settlement: Settlement }),
  z.object({ type: z.literal('written_off'), at: z.number() }),
  z.object({ type: z.literal('forgotten'), at: z.number() }),
  z.object({ type: z.literal('clock_set'), step: ClockStepRecord }),
] as const;

/** A fact as stored. */
export const FactRecord: z.ZodType<Fact> = z.discriminatedUnion('type', factVariants);

/** What an event tells, as stored. */
export const EventFactRecord: z.ZodType<LedgerEvent['fact']> = z.discriminatedUnion('type', [
  ...factVariants,
  z.object({ type: z.literal('launched') }),
]);

/** What an event changed, as stored. */
export const EffectsRecord: z.ZodType<readonly Effect[]> = z.array(
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('launched') }),
    z.object({ type: z.literal('accepted') }),
    z.object({ type: z.literal('unsent'), reason: Reason }),
    z.object({ type: z.literal('in_doubt') }),
    z.object({ type: z.literal('suspected') }),
    z.object({ type: z.literal('arrived'), place: Place }),
    z.object({ type: z.literal('passed'), observer: z.string(), latency: Interval }),
    z.object({ type: z.literal('latency'), latency: Interval }),
    z.object({ type: z.literal('settled'), verdict: z.enum(VERDICTS) }),
    z.object({ type: z.literal('contradicted') }),
    z.object({ type: z.literal('lost') }),
    z.object({ type: z.literal('recovered'), after: z.enum(['overdue', 'misfiled', 'lost']) }),
    z.object({ type: z.literal('duplicated'), count: z.number() }),
    z.object({
      type: z.literal('outcome'),
      from: z.enum(OUTCOMES).nullable(),
      to: z.enum(OUTCOMES),
    }),
  ]),
);

/** Pauses of a probe before its last one, as stored. */
export const PausesRecord: z.ZodType<readonly Pause[]> = z.array(
  z.object({ since: z.number(), until: z.number(), reason: z.string() }),
);

const OrderKey = z.object({ at: z.number(), sequence: z.number() });

/** The evidence of loss of a series, as stored. */
export const TrailRecord: z.ZodType<TrailContent> = z.object({
  history: z.array(z.number()),
  historyEnd: OrderKey.nullable(),
  nodes: z.array(
    z.object({
      ...OrderKey.shape,
      mark: z.enum(['open', 'lost', 'gone', 'arrived']),
      lostAfterMs: z.number(),
      before: z.number(),
    }),
  ),
  floor: OrderKey.nullable(),
  after: z.number(),
  hours: z.array(z.object({ hour: z.number(), arrived: z.number(), lost: z.number() })),
});

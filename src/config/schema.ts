import * as z from 'zod';
import { addFault, Address, Duration, Name, SecretText, type Fault } from '../base/schema.ts';
import type { Secret } from '../base/secret.ts';
import type { Policy, Role } from '../domain/probe.ts';
import type { TokenKeys } from '../domain/token.ts';
import type { LedgerUrl } from '../ledger/url.ts';
import { ObserverConfig } from '../observers/config.ts';
import { TIDY_KEYS } from '../observers/tidy-config.ts';
import { SenderConfig } from '../senders/config.ts';
import { AlertsConfig } from './alerts.ts';
import { HeartbeatConfig } from './heartbeat.ts';
import { LedgerConfig } from './ledger.ts';
import { LossConfig } from './loss.ts';
import { MaintenanceEntry, type MaintenanceWindow } from './maintenance.ts';
import { MetricsConfig } from './metrics.ts';
import type { Problem } from './problems.ts';
import { checkSchedule, scheduleKeys, scheduleOf } from './schedule.ts';
import { ServerConfig } from './server.ts';

const DAY_MS = 86_400_000;

/** The deadlines of a probe as the file has them; their order is checked in checks.ts. */
export const Deadlines = z.object({
  suspect_after: Duration.default(3 * 60_000),
  late_after: Duration.default(10 * 60_000),
  lost_after: Duration.default(6 * 3_600_000),
  forget_after: Duration.default(3 * DAY_MS),
});
export type Deadlines = z.output<typeof Deadlines>;

/** What every observer has, whatever its type. */
export const Tidying = z.object(TIDY_KEYS);

const MOST_OBSERVERS = 4;

/** One observer, or several in the order of the way: the last one decides, those in front give times. */
const ObserverChain = z
  .union([
    z.string().min(1),
    z
      .array(z.string().min(1))
      .min(1, 'is empty')
      .max(MOST_OBSERVERS, `has more than ${MOST_OBSERVERS} observers`),
  ])
  .transform((value, context) => {
    const chain = typeof value === 'string' ? [value] : value;
    const twice = chain.findIndex((name, index) => chain.indexOf(name) < index);
    if (twice >= 0) {
      addFault(context, {
        path: [twice],
        message: 'stands in the list already',
        hint: 'take it out',
      });
    }
    const front: readonly string[] = chain.slice(0, -1);
    return { observer: chain.at(-1) ?? '', front };
  });

/** One probe as the file has it, without its name. */
export const ProbeEntry = z
  .strictObject({
    sender: z.string().min(1),
    to: Address,
    observer: ObserverChain,
    role: z.enum(['target', 'control'] satisfies Role[]).default('target'),
    ...scheduleKeys,
    ...Deadlines.shape,
  })
  .superRefine(checkSchedule)
  .transform((value) => ({
    role: value.role,
    sender: value.sender,
    ...value.observer,
    to: value.to,
    schedule: scheduleOf(value),
    policy: {
      suspectAfterMs: value.suspect_after,
      lateAfterMs: value.late_after,
      lostAfterMs: value.lost_after,
      forgetAfterMs: value.forget_after,
    } satisfies Policy,
  }));

const SHORTEST_KEY = 16;
const FEWEST_LETTERS = 8;

/** A key that a stranger cannot guess, who would otherwise forge arrivals. */
const TokenKey = SecretText.superRefine((key, context) => {
  const fault = keyFault(key.reveal());
  if (fault !== undefined) addFault(context, fault);
});

function keyFault(key: string): Fault | undefined {
  const hint = 'make one with: openssl rand -base64 32';
  if (key.length < SHORTEST_KEY) {
    return { message: `must be at least ${SHORTEST_KEY} characters`, hint };
  }
  if (new Set(key).size < FEWEST_LETTERS) return { message: 'is too easy to guess', hint };
  return undefined;
}

/** The first signs, all verify. */
const TokenKeyList = z.array(TokenKey).transform((keys, context): TokenKeys => {
  const [first, ...others] = keys;
  if (first === undefined) {
    addFault(context, {
      message: 'is empty',
      hint: 'write token_keys: ["${MAILCANARY_TOKEN_KEY}"]',
    });
    return z.NEVER;
  }
  for (const index of repeated(keys)) {
    addFault(context, {
      path: [index],
      message: 'is the same key as one before it',
      hint: 'take it out',
    });
  }
  return [first, ...others];
});

function repeated(keys: readonly Secret[]): readonly number[] {
  const texts = keys.map((key) => key.reveal());
  return texts.flatMap((text, index) => (texts.indexOf(text) < index ? [index] : []));
}

/** mailcanary.yaml. */
export const ConfigFile = z.strictObject({
  vantage: Name.default('default'),
  ledger: LedgerConfig.prefault({}),
  token_keys: TokenKeyList,
  server: ServerConfig.prefault({}),
  senders: named(SenderConfig),
  observers: named(ObserverConfig),
  probes: named(ProbeEntry),
  maintenance: z.array(MaintenanceEntry).default([]),
  alerts: AlertsConfig.prefault({}),
  heartbeat: HeartbeatConfig.optional(),
  loss: LossConfig.prefault({}),
  metrics: MetricsConfig.prefault({}),
});
export type ConfigFile = z.output<typeof ConfigFile>;

function named<T extends z.ZodType>(entry: T) {
  return z
    .record(Name, entry)
    .refine((entries) => Object.keys(entries).length > 0, { message: 'is empty' });
}

export interface ProbeConfig extends z.output<typeof ProbeEntry> {
  readonly name: string;
}

/** A whole configuration, checked. */
export interface Config {
  /** The file it came from, as it was named. */
  readonly path: string;
  readonly vantage: string;
  readonly ledger: {
    /** With an absolute path. */
    readonly url: LedgerUrl;
    /** How long settled canaries are kept. */
    readonly keepMs: number;
  };
  readonly tokenKeys: TokenKeys;
  readonly server: ServerConfig;
  readonly senders: Readonly<Record<string, SenderConfig>>;
  readonly observers: Readonly<Record<string, ObserverConfig>>;
  readonly probes: readonly ProbeConfig[];
  readonly maintenance: readonly MaintenanceWindow[];
  readonly alerts: AlertsConfig;
  readonly heartbeat: HeartbeatConfig | undefined;
  readonly loss: LossConfig;
  /** Which metrics are exported that are not by default. */
  readonly metrics: MetricsConfig;
  /** What is allowed and yet probably not meant. */
  readonly warnings: readonly Problem[];
}

import { createHash } from 'node:crypto';
import { Secret } from '../base/secret.ts';
import type { ObserverConfig } from './config.ts';

type KeyOf<T> = T extends unknown ? keyof T : never;

const PACE = ['timeoutMs', 'lookEveryMs', 'maxIdleMs', 'requestsPerMinute', 'rate'] as const;
const HEADERS = ['remainingHeader', 'limitHeader'] as const;
const TIMES = ['indexLagMs', 'overlapMs', 'quantumMs', 'timeUnit', 'timeZone'] as const;
const TASKS = ['control', 'tidy', 'archive', 'userId'] as const;
const LINE = ['tls', 'isPlain', 'caFile', 'oauth2', 'appId'] as const;

/** What says how somebody looks, cleans up or logs in, and not where: canaries are seen all the same when it changes. */
const MANNERS: ReadonlySet<string> = new Set<KeyOf<ObserverConfig>>([
  ...PACE,
  ...HEADERS,
  ...TIMES,
  ...TASKS,
  ...LINE,
]);

/**
 * A fingerprint of where an observer looks: type, server, user, folders, queue, query. Without secrets: a password that is
 * changed opens the same mailbox. Two that differ may show different mail.
 */
export function siteOf(config: ObserverConfig): string {
  const where = Object.entries(config).filter(([key]) => !MANNERS.has(key));
  const text = JSON.stringify(where.sort(byKey), inOneOrder);
  return createHash('sha256').update(text).digest('hex').slice(0, LENGTH);
}

/** 64 bits: nobody wants to find two of one fingerprint. */
const LENGTH = 16;

/** For JSON: no secrets, and the keys of an object in the same order however they were written. */
function inOneOrder(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  if (this[key] instanceof Secret) return undefined;
  if (value instanceof Map) return [...value];
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(byKey));
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, it } from 'vitest';
import type { Instant } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { createSystemClock } from '../../src/base/system.ts';
import type { Canary, Fact } from '../../src/domain/canary.ts';
import type { Place } from '../../src/domain/sighting.ts';
import type { LedgerTools } from '../../src/ledger/durable.ts';
import type { Ledger, LaunchDraft } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { openView, type View } from '../../src/ledger/views.ts';
import { queryPostgres } from '../support/rig/postgres.ts';
import { newLedgerUrl, POSTGRES } from '../support/test-ledger.ts';
import { testLaunch, type TestLaunchOptions } from '../support/test-launch.ts';

/** When the canaries of these tests are launched. */
export const START: Instant = Date.UTC(2026, 0, 5, 9, 0, 0);

/** A launch; each number another canary and another tick. */
export function draft(number: number, options: TestLaunchOptions = {}): LaunchDraft {
  const launchedAt = START + number * 60_000;
  return testLaunch({ sequence: number, launchedAt, ...options });
}

export function accepted(afterMs = 40): Fact {
  const at = { low: START + afterMs - 10, high: START + afterMs };
  return { type: 'accepted', acceptance: { at, queueId: 'Q1', serverMessageId: null } };
}

export function refused(): Fact {
  const refusal = { at: START + 50, reason: 'refused', code: 550, detail: 'no' } as const;
  return { type: 'refused', refusal };
}

export function sighted(afterMs = 2_000, externalId = '1', place: Place = 'inbox'): Fact {
  return {
    type: 'sighted',
    sighting: {
      externalId,
      place,
      ingested: { low: START + afterMs - 500, high: START + afterMs },
      seenAt: START + afterMs,
      stamp: null,
      hops: [],
      foreignMessageId: null,
    },
  };
}

export function settled(verdict: 'on_time' | 'overdue' = 'on_time', afterMs = 2_000): Fact {
  return { type: 'settled', settlement: { verdict, at: START + afterMs, horizon: null } };
}

/** Opens ledgers and views in a folder of their own; the test's end closes and removes them. */
export interface Bench {
  readonly folder: string;
  readonly file: string;
  readonly url: string;
  open(tools?: Partial<LedgerTools>): Promise<Ledger>;
  /** Statements that go past the ledger, and past what the database would refuse. */
  spoil(text: string): Promise<void>;
  view(): Promise<View>;
}

export async function createBench(folder?: string): Promise<Bench> {
  const home = folder ?? (await mkdtemp(join(tmpdir(), 'mailcanary-ledger-')));
  if (folder === undefined) closers.push(() => rm(home, { recursive: true, force: true }));
  const file = join(home, 'ledger.db');
  const url = POSTGRES === undefined ? `sqlite:${file}` : await newLedgerUrl();
  return {
    folder: home,
    file,
    url,
    async open(tools) {
      const defaults = { clock: createSystemClock(), logger: silentLogger };
      const ledger = await openLedger({ url }, { ...defaults, ...tools });
      closers.push(() => ledger.close());
      return ledger;
    },
    async spoil(text) {
      if (POSTGRES !== undefined) {
        await queryPostgres(url, `set session_replication_role = replica; ${text}`);
        return;
      }
      const database = new Database(file);
      database.exec(`pragma foreign_keys = off; ${text}`);
      database.close();
    },
    async view() {
      const view = await openView(url);
      closers.push(() => view.close());
      return view;
    },
  };
}

/** A test of what only a ledger in a file has; where it is on a server, there is none. */
export function itInFile(name: string, body: () => Promise<void>): void {
  if (POSTGRES === undefined) it(name, body);
}

const closers: (() => Promise<unknown>)[] = [];

/** Runs at the end of the test, last in, first out. */
export function atEnd(close: () => Promise<unknown>): void {
  closers.push(close);
}

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

export const idOf = (canary: Canary): string => canary.launch.id;

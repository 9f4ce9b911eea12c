import type { Instant } from '../base/clock.ts';
import type { Standing } from '../domain/culprit.ts';
import type { LossFigures } from '../domain/loss/figures.ts';
import type { LossModel } from '../domain/loss/statistic.ts';
import type { Route } from '../domain/probe.ts';
import type { StoredTotals } from './fold.ts';

/** How one probe stands; engine/control.ts has more of it. */
export interface ProbeFigures extends Standing {
  readonly route: Pick<Route, 'probe' | 'role' | 'sender' | 'vantage' | 'observer'>;
  readonly oldestInFlightAt: Instant | null;
  readonly newestAcceptedAt: Instant | null;
  /** Its observer cannot look: there is no horizon. */
  readonly pushOnly?: boolean;
  readonly unjudged: number;
  /** Its observers in front. */
  readonly stages: readonly StageFigures[];
  /** Null where nothing is known of it. */
  readonly loss: LossFigures | null;
  readonly lastLatency: { readonly ms: number; readonly errorMs: number } | null;
}

/** An observer in front of the deciding one, of one probe. */
export interface StageFigures {
  readonly observer: string;
  /** Overdue canaries that it saw and the deciding observer did not. */
  readonly stuck: number;
}

export interface ObserverFigures {
  readonly name: string;
  readonly type: string;
  readonly indexLagMs: number;
  /** The longest time between two complete looks while all is well. */
  readonly lookIntervalMs: number;
  /** Absent where the observer has none. */
  readonly positiveControl?: { readonly passedAt: Instant | null };
  /** Copies that should have been cleaned away by now; null while that is not known. */
  readonly litter: number | null;
}

export interface SenderFigures {
  readonly name: string;
  readonly type: string;
}

/**
 * What a scrape reads. All of it is asked for in one turn of the event loop, together with the
 * fold, so what a commit changes must change in one turn too: then the equations of the books
 * (semantics A2, A3) hold in each scrape. One that throws is left out.
 */
export interface MetricsSource {
  /** As stored when the metrics were created; events up to its position are not counted again. */
  readonly totals: StoredTotals;
  /** The configured probes, one a series, each by the canaries of that series alone; nothing else is exported. */
  probes(): readonly ProbeFigures[];
  observers(): readonly ObserverFigures[];
  senders(): readonly SenderFigures[];
  ledgerWritable(): boolean;
  /** From where on evidence of loss is a page, and a ticket. */
  lossThresholds(): Pick<LossModel, 'page' | 'ticket'>;
  /** Of the configuration: how the last reading went, and when one went well. */
  configReload(): { readonly successful: boolean; readonly succeededAt: Instant };
}

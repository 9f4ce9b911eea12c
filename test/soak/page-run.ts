import { samplesOf } from '../support/openmetrics.ts';
import { holdMail, releaseMail, type PageScene } from './page-scene.ts';

/** One stall of the helpdesk, from its begin to the news of its end; seconds. */
export interface StallFigures {
  /** From the deadline of the head (its acceptance and late_after) to the call of the pager. */
  readonly markToPage: number;
  /** From the moment that delivery was held to the call. */
  readonly onsetToPage: number;
  /** From the moment that it flowed again to the news of that. */
  readonly releaseToResolved: number;
  readonly pages: number;
}

export interface StallLimits {
  readonly lateAfterMs: number;
  /** For the page, and for the news of its end. */
  readonly patienceMs: number;
}

/** Holds all delivery to the helpdesk until the pager calls, then lets it flow until that is called off. */
export async function stallOnce(scene: PageScene, limits: StallLimits): Promise<StallFigures> {
  const { pager } = scene;
  const before = pager.notified.length;
  const isNew = (status: string) => (one: (typeof pager.notified)[number]) =>
    pager.notified.indexOf(one) >= before &&
    one.alert === 'EmailDeliveryStalled' &&
    one.status === status;
  const onset = Date.now();
  holdMail(scene, 'support');
  const page = await pager.until(isNew('firing'), limits.lateAfterMs + limits.patienceMs);
  const headAt = await headOf(scene);
  const released = Date.now();
  await releaseMail(scene, ['support']);
  const resolved = await pager.until(isNew('resolved'), limits.patienceMs);
  const pages = pager.notified
    .slice(before)
    .filter(({ receiver, status }) => receiver.endsWith('_pages') && status === 'firing');
  return {
    markToPage: (page.at - headAt - limits.lateAfterMs) / 1_000,
    onsetToPage: (page.at - onset) / 1_000,
    releaseToResolved: (resolved.at - released) / 1_000,
    pages: pages.length,
  };
}

/** When the relay accepted the canary that has waited longest; milliseconds. */
async function headOf({ home }: PageScene): Promise<number> {
  const samples = samplesOf(await home.scrape(), 'mailcanary_head_sent_timestamp_seconds');
  const head = samples.find(({ labels }) => labels.get('probe') === 'support');
  if (head === undefined) throw new Error('no head is exported');
  return head.value * 1_000;
}

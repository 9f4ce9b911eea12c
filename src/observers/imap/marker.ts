import type { Instant } from '../../base/clock.ts';
import { MonitorError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import {
  createMarker,
  MARKER_HEADER,
  MARKER_KIND,
  verifyMarker,
  type Marker,
} from '../../domain/marker.ts';
import type { TokenKeys } from '../../domain/token.ts';
import type { Line } from './connection.ts';
import { fetchLetters, openToChange } from './reading.ts';
import type { Headers } from './reply.ts';
import { requireUidPlus } from './tidy.ts';

/** A marker where it was put. */
export interface PutMarker extends Marker {
  readonly path: string;
  readonly uidValidity: number;
  readonly uid: number;
}

export interface MarkerTools {
  readonly now: Instant;
  readonly keys: TokenKeys;
  readonly random: Random;
}

/** Markers that are older lie there since a monitor ended in between; younger ones may be another's. */
const LEFT_BEHIND_MS = 3_600_000;
const SWEPT_AT_ONCE = 100;

/** The marker of ours that a mail carries. */
export function markerOf(headers: Headers, keys: TokenKeys): Marker | undefined {
  const [word = ''] = headers.get(MARKER_HEADER.toLowerCase()) ?? [];
  return verifyMarker(word, keys);
}

/**
 * Appends a mail that is no canary and looks like none, as read already.
 *
 * @throws MonitorError `config` where the server could not take exactly this one away again.
 */
export async function putMarker(line: Line, path: string, tools: MarkerTools): Promise<PutMarker> {
  requireUidPlus(line, 'positive_control: read');
  const marker = createMarker(tools);
  const put = await line.client.append(path, mailOf(marker), ['\\Seen']);
  if (put === false || put.uid === undefined || put.uidValidity === undefined) {
    const message = `${line.context.server}: "${path}" did not take the marker`;
    throw new MonitorError(message, { reason: 'refused', retryable: true });
  }
  return { ...marker, path, uidValidity: Number(put.uidValidity), uid: put.uid };
}

/** Takes one away, by its UID within its UIDVALIDITY, after it was read there again. @throws MonitorError */
export async function takeMarker(line: Line, put: PutMarker, keys: TokenKeys): Promise<void> {
  const folder = await openToChange(line, put.path);
  if (folder?.uidValidity !== put.uidValidity) return;
  const isWanted = (marker: Marker): boolean => marker.word === put.word;
  await takeAll(line, [put.uid], { isWanted, keys });
}

/** Takes away what an earlier process left behind. @throws MonitorError */
export async function sweepMarkers(line: Line, path: string, tools: MarkerTools): Promise<void> {
  requireUidPlus(line, 'positive_control: read');
  const folder = await openToChange(line, path);
  if (folder === undefined) return;
  const found = await line.client.search(
    { header: { [MARKER_HEADER]: MARKER_KIND } },
    { uid: true },
  );
  const uids = found === false || found === undefined ? [] : found.slice(0, SWEPT_AT_ONCE);
  const isOld = ({ madeAt }: Marker): boolean => tools.now - madeAt > LEFT_BEHIND_MS;
  const sorted = [...uids].sort((a, b) => a - b);
  await takeAll(line, sorted, { isWanted: isOld, keys: tools.keys });
}

async function takeAll(
  line: Line,
  uids: readonly number[],
  options: { readonly isWanted: (marker: Marker) => boolean; readonly keys: TokenKeys },
): Promise<void> {
  const { isWanted, keys } = options;
  if (uids.length === 0) return;
  for (const { uid, headers } of await fetchLetters(line, uids)) {
    const marker = markerOf(headers, keys);
    if (!uids.includes(uid) || marker === undefined || !isWanted(marker)) continue;
    // UID STORE +FLAGS (\Deleted), then UID EXPUNGE of this one (RFC 4315)
    if (await line.client.messageDelete(String(uid), { uid: true })) continue;
    const message = `${line.context.server} refused to delete a marker in "${line.folder?.path ?? ''}"`;
    throw new MonitorError(message, { reason: 'refused', retryable: true });
  }
}

function mailOf({ word, madeAt }: Marker): string {
  return [
    'From: Delivery monitor <control@localhost>',
    'To: Delivery monitor <control@localhost>',
    'Subject: Positive control of the delivery monitor',
    `Date: ${new Date(madeAt).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${word}@control.invalid>`,
    `${MARKER_HEADER}: ${word}`,
    'Auto-Submitted: auto-generated',
    '',
    'The monitor put this here to see whether it would see it, and takes it away again.',
    '',
  ].join('\r\n');
}

import type { Installation, ObserverLoad } from '../installation.ts';
import { table, type Style } from './style.ts';
import { wrap } from './width.ts';

/** So many probes are named by their share of false pages. */
const NAMED = 3;

/** For a person: a row an observer, then false pages and what is too much. */
export function renderInstallation(
  installation: Installation,
  { style, columns }: { readonly style: Style; readonly columns: number },
): readonly string[] {
  const { path, probes, observers, byCron, warnings } = installation;
  const head = ['observer', 'probes', 'requests a minute', 'a day', 'a month'];
  const about = probes === 1 ? 'The one probe' : `All ${probes} probes together`;
  const notes = [
    chanceText(installation),
    ...(byCron.length === 0
      ? []
      : [
          `By cron: ${someOf(byCron)}; counted as if launched at the shortest interval all the time.`,
        ]),
    'Another monitor with this configuration (another vantage) makes as many again.',
  ];
  return [
    ...wrap(`${about}, as configured in ${path}:`, columns),
    '',
    ...table([head, ...observers.map(rowOf)]),
    ...notes.flatMap((text) => wrap(text, columns)),
    ...warnings.flatMap((text) => wrap(`warning: ${text}`, columns).map(style.warn)),
  ];
}

function rowOf(load: ObserverLoad): readonly string[] {
  const { observer, type, probes, noun, canariesADay, canariesAMonth } = load;
  return [
    `${observer} (${type})`,
    String(probes),
    requestsText(load),
    `${amount(canariesADay)} ${noun}`,
    amount(canariesAMonth),
  ];
}

/** `3.5 (9 % of 40)`. */
export function requestsText({
  requestsAMinute: requests,
  requestLimit: limit,
}: Pick<ObserverLoad, 'requestsAMinute' | 'requestLimit'>): string {
  if (requests === null || limit === null) return 'not counted';
  return `${amount(requests)} (${Math.round((requests / limit) * 100)} % of ${limit})`;
}

function chanceText({ chancePagesAYear: { evidence, missing, byProbe } }: Installation): string {
  const shares = byProbe.map(({ probe, pages }) => `${probe} ${amount(pages)}`);
  const whose = byProbe.length > 1 ? ` (${someOf(shares)})` : '';
  return `False pages by chance: about ${amount(evidence + missing)} a year; ${evidence} of silent loss, ${amount(missing)} of mails missing at nearly the same time${whose}.`;
}

function someOf(names: readonly string[]): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Two digits are enough: these are estimates. */
export function amount(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(2)));
}

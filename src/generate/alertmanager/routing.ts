import type { Culprit } from '../../domain/culprit.ts';
import type { AlertName, Severity, Team } from '../rules/rule.ts';
import { writeDuration } from '../../base/duration.ts';
import { DESTINATIONS, placeholder, type Destination, type RoutesInput } from './input.ts';

/** Of alerts that carry these labels; `alert` is its name. */
interface Match {
  readonly alert?: AlertName | readonly AlertName[];
  /** All but this one. */
  readonly notAlert?: AlertName;
  readonly severity?: Severity | readonly Severity[];
  readonly team?: Team;
  readonly culprit?: Culprit;
}

export interface Route {
  readonly receiver: Destination | 'nobody';
  readonly matchers?: readonly string[];
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  readonly routes?: readonly Route[];
}

export interface Routing {
  readonly route: Route;
  readonly inhibit_rules: readonly {
    readonly source_matchers: readonly string[];
    readonly target_matchers: readonly string[];
    readonly equal: readonly string[];
  }[];
  readonly receivers: readonly {
    readonly name: Destination | 'nobody';
    readonly webhook_configs?: readonly { readonly url: string; readonly send_resolved: boolean }[];
  }[];
}

function matchers(match: Match): readonly string[] {
  return Object.entries(match).map(([key, wanted]: [string, string | readonly string[]]) => {
    if (key === 'notAlert') return `alertname!="${String(wanted)}"`;
    const label = key === 'alert' ? 'alertname' : key;
    return typeof wanted === 'string' ? `${label}="${wanted}"` : `${label}=~"${wanted.join('|')}"`;
  });
}

/** The whole configuration of an Alertmanager that serves mailcanary. */
export function routing({ webhooks, scrapeIntervalMs }: RoutesInput): Routing {
  return {
    route: {
      receiver: 'tickets',
      group_by: ['alertname', 'job', 'probe', 'sender'],
      group_wait: '30s',
      group_interval: '5m',
      repeat_interval: '12h',
      routes: [watchdog(), pages(writeDuration(scrapeIntervalMs)), silent()],
    },
    inhibit_rules: inhibitions(),
    receivers: [
      ...DESTINATIONS.map((name) => ({
        name,
        webhook_configs: [
          { url: webhooks[name] ?? placeholder(name), send_resolved: name !== 'deadman' },
        ],
      })),
      { name: 'nobody' },
    ],
  };
}

/**
 * A dead man's switch notifies at every flush: its repeat_interval must be less than its group_interval, with equal ones
 * every second flush is left out (alertmanager #3370).
 */
function watchdog(): Route {
  return {
    matchers: matchers({ alert: 'Watchdog' }),
    receiver: 'deadman',
    group_by: ['alertname'],
    group_wait: '0s',
    group_interval: '1m',
    repeat_interval: '50s',
  };
}

/**
 * Nothing is waited for: who is to blame was decided in the rules. For 15 minutes after a page its group may still be
 * there, since Prometheus repeats that it is over, and the next page of the group waits for group_interval: so that is
 * as short as a scrape, but where a group gathers many probes.
 */
function pages(scrapeInterval: string): Route {
  const to = (culprit: Culprit, by: readonly string[]): Route => ({
    matchers: matchers({ culprit }),
    receiver: 'monitoring_pages',
    group_by: ['alertname', 'job', ...by],
    group_interval: '30s',
  });
  return {
    matchers: matchers({ severity: 'page' }),
    receiver: 'monitoring_pages',
    group_by: ['alertname', 'job', 'probe'],
    group_wait: '0s',
    group_interval: scrapeInterval,
    repeat_interval: '1h',
    routes: [
      // One page a probe, from however many vantages.
      { matchers: matchers({ team: 'helpdesk' }), receiver: 'helpdesk_pages' },
      // One a relay and one for all that is blind, not one for each probe behind it.
      to('sender', ['sender', 'vantage']),
      to('watcher', ['vantage']),
    ],
  };
}

/** For dashboards only. */
function silent(): Route {
  return { matchers: matchers({ severity: ['none', 'info'] }), receiver: 'nobody' };
}

/** Tickets beside a page that explains them. A blind or dead monitor never holds back a page about mail. */
function inhibitions(): Routing['inhibit_rules'] {
  const explain = (source: Match, target: Match, equal: readonly string[]) => ({
    source_matchers: matchers(source),
    target_matchers: matchers(target),
    equal,
  });
  // Where it hangs is what a page does not say.
  const minor: Match = {
    notAlert: 'EmailArrivedNoTicket',
    severity: ['ticket', 'info'],
    team: 'helpdesk',
  };
  return [
    explain({ severity: 'page', team: 'helpdesk' }, minor, ['job', 'probe']),
    explain({ severity: 'page', culprit: 'sender' }, minor, ['job', 'sender']),
    explain({ alert: 'EmailMonitorDown' }, { severity: 'ticket', team: 'monitoring' }, ['job']),
    explain({ alert: 'EmailMonitorBlind' }, { alert: 'EmailMonitorBlindSoon' }, [
      'job',
      'vantage',
      'probe',
    ]),
  ];
}

/** Where notifications go: webhooks of pagers and chats, by what they are for. */
export const DESTINATIONS = ['helpdesk_pages', 'monitoring_pages', 'tickets', 'deadman'] as const;
export type Destination = (typeof DESTINATIONS)[number];

/** Those that are not known yet are left for the user to fill in. */
export type Webhooks = Readonly<Partial<Record<Destination, string>>>;

/** A URL that nobody can mistake for a working one (RFC 2606). */
export function placeholder(destination: Destination): string {
  return `https://alerts.example.com/${destination.replace('_', '-')}`;
}

/** What of a configuration the routes depend on. */
export interface RoutesInput {
  readonly webhooks: Webhooks;
  /** How often Prometheus scrapes and judges, in milliseconds. */
  readonly scrapeIntervalMs: number;
}

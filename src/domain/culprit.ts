/**
 * Whose fault it is when mail does not arrive, as far as canaries can tell. Alerts, pages and the API
 * use these words and no others.
 *
 * `sender`: our relay, its queue or its way out; `helpdesk`: what lies between the relay and the ticket;
 * `watcher`: nobody can look, so nothing is known; `monitor`: mailcanary itself, or what carries its alerts.
 */
export const CULPRITS = ['sender', 'helpdesk', 'watcher', 'monitor'] as const;
export type Culprit = (typeof CULPRITS)[number];

import type { Interval } from '../../domain/latency.ts';
import { clockFact, loginFact, NOT_COUNTED, readFact, tidyFact, NEVER_TIDIES } from '../facts.ts';
import type { ObserverReport } from '../observer.ts';
import type { WebhookConfig } from './config.ts';

/** There is nobody to ask: what the configuration says, and what that means. */
export function checkHook(config: WebhookConfig, offset: Interval | undefined): ObserverReport {
  const { header, algorithm } = config.signature;
  const hasPlaces = config.fields.place !== undefined;
  const told = hasPlaces ? 'the webhook tells the place of each mail' : 'fields.place is not set';
  const nowhere = {
    state: 'unknown',
    text: `not looked at: it only hears; ${told}`,
    names: [],
  } as const;
  return {
    summary: `signed webhooks only (${header}): it cannot look, so what is never told of ends as blind`,
    warnings: [],
    facts: {
      login: loginFact(null, `nobody logs in: each push is signed (${header}, ${algorithm})`),
      read: readFact('it cannot look: what is never told of ends as blind', 'unknown'),
      tidy: tidyFact(config.tidy, { ...NEVER_TIDIES, why: 'it can only hear' }),
      inbox: nowhere,
      misfiled: nowhere,
      clock: clockFact(offset, 'nothing can be asked; it is learned from canaries'),
      rate: NOT_COUNTED,
    },
  };
}

import * as z from 'zod';
import { HelpscoutConfig } from './helpscout/config.ts';
import { ImapConfig } from './imap/config.ts';
import { WebhookConfig } from './webhook/config.ts';

/** Any observer, told apart by `type`. */
export const ObserverConfig = z.discriminatedUnion('type', [
  ImapConfig,
  HelpscoutConfig,
  WebhookConfig,
]);
export type ObserverConfig = z.output<typeof ObserverConfig>;

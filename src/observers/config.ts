import * as z from 'zod';
import { HelpscoutConfig } from './helpscout/config.ts';
import { ImapConfig } from './imap/config.ts';
import { JmapConfig } from './jmap/config.ts';
import { MaildirConfig } from './maildir/config.ts';

/** Any observer, told apart by `type`. */
export const ObserverConfig = z.discriminatedUnion('type', [
  ImapConfig,
  HelpscoutConfig,
  JmapConfig,
  MaildirConfig,
]);
export type ObserverConfig = z.output<typeof ObserverConfig>;

import * as z from 'zod';
import { FreescoutConfig } from './freescout/config.ts';
import { HelpscoutConfig } from './helpscout/config.ts';
import { HttpApiConfig } from './http-api/config.ts';
import { ImapConfig } from './imap/config.ts';
import { JmapConfig } from './jmap/config.ts';
import { MaildirConfig } from './maildir/config.ts';
import { RtConfig } from './rt/config.ts';
import { WebhookConfig } from './webhook/config.ts';
import { ZammadConfig } from './zammad/config.ts';
import { SqlConfig } from './sql/config.ts';

/** Any observer, told apart by `type`. */
export const ObserverConfig = z.discriminatedUnion('type', [
  ImapConfig,
  HelpscoutConfig,
  JmapConfig,
  MaildirConfig,
  FreescoutConfig,
  WebhookConfig,
  ZammadConfig,
  SqlConfig,
  HttpApiConfig,
  RtConfig,
]);
export type ObserverConfig = z.output<typeof ObserverConfig>;

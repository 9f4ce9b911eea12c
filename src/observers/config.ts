import * as z from 'zod';
import { ImapConfig } from './imap/config.ts';

/** Any observer, told apart by `type`. */
export const ObserverConfig = z.discriminatedUnion('type', [ImapConfig]);
export type ObserverConfig = z.output<typeof ObserverConfig>;

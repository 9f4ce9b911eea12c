import * as z from 'zod';
import { SmtpConfig } from './smtp/config.ts';

/** Any sender, told apart by `type`. */
export const SenderConfig = z.discriminatedUnion('type', [SmtpConfig]);
export type SenderConfig = z.output<typeof SenderConfig>;

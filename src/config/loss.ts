import * as z from 'zod';
import { addFault } from '../base/schema.ts';
import { MOST_USUAL_LOSS, USUAL_LOSS } from '../domain/loss/statistic.ts';

const FEWEST = 0.000_001;

/** `0.05%`, into a share of one. */
const UsualLoss = z.string().transform((text, context): number => {
  const digits = /^(\d{1,2}(?:\.\d{1,6})?) ?%$/.exec(text)?.[1];
  const share = Number(digits) / 100;
  if (share >= FEWEST && share <= MOST_USUAL_LOSS) return share;
  addFault(context, {
    message: `is no percentage from 0.0001% to ${MOST_USUAL_LOSS * 100}%`,
    hint: 'write usual: 0.05%',
  });
  return z.NEVER;
});

/** What loss is held against: the share of canaries that is lost while all is well, outside of incidents. */
export const LossConfig = z.strictObject({ usual: UsualLoss.default(USUAL_LOSS) });
export type LossConfig = z.output<typeof LossConfig>;

import { evaluateRules, type Fired } from '../../../src/simulation/promtool.ts';
import { playStory, type Played } from './series.ts';
import type { Story } from './story.ts';

export type { Fired };

/** What the rules made of a story, and whom the domain blamed meanwhile. */
export interface Watched {
  readonly fired: readonly Fired[];
  readonly culprits: Played['culprits'];
}

/** Has promtool evaluate the rules over what a story would have exported. */
export async function watchStory(story: Story, rules: string): Promise<Watched> {
  const { name, step = 5, until } = story;
  const wanted = new Set(rules.match(/\bmailcanary_\w+/g));
  const { series, culprits } = await playStory(story, wanted);
  return { fired: await evaluateRules({ name, series, step, until }, rules), culprits };
}

import type { HookAnswer, HookRequest, Observer } from '../observers/observer.ts';

export type { HookAnswer, HookRequest } from '../observers/observer.ts';

/** Checks who signed a request; one that tells of a canary wakes the observer's watch. */
export type TakeHook = (request: HookRequest) => HookAnswer;

/** Observer to how it takes webhooks; those that take none are absent. */
export function hookTakers(
  observers: ReadonlyMap<string, Pick<Observer, 'hook'>>,
): ReadonlyMap<string, TakeHook> {
  const takers = new Map<string, TakeHook>();
  for (const [name, observer] of observers) {
    const hook = observer.hook?.bind(observer);
    if (hook !== undefined) takers.set(name, hook);
  }
  return takers;
}

import { describe, expect, test } from 'vitest';
import type { Litter } from '../../../src/observers/observer.ts';
import { failureOf, lookFrom } from '../../contracts/observer/looks.ts';
import { foreignMail, testCanary } from '../../contracts/observer/mails.ts';
import { startScene, type Scene } from './support.ts';

const { signal } = new AbortController();

async function litterOf(scene: Scene): Promise<Litter> {
  const [seen] = (await lookFrom(scene.observer)).observations;
  if (seen === undefined) throw new Error('no canary was seen');
  return { token: seen.token, externalId: seen.externalId, place: seen.place };
}

describe('tidying a canary away', () => {
  test('closes, and closes what is closed no second time', async () => {
    const scene = await startScene();
    const { id } = await scene.deliver();
    const litter = await litterOf(scene);

    const once = await scene.observer.tidy?.(litter, { manner: 'close', signal });
    const twice = await scene.observer.tidy?.(litter, { manner: 'close', signal });

    expect([once, twice]).toEqual(['done', 'done']);
    expect(scene.world.statusOf(id)).toBe('closed');
    expect(scene.world.log.filter((line) => line.startsWith('PATCH'))).toHaveLength(1);
  });

  test('deletes, and what is gone is gone', async () => {
    const scene = await startScene();
    const { id } = await scene.deliver();
    const litter = await litterOf(scene);

    const once = await scene.observer.tidy?.(litter, { manner: 'delete', signal });
    const twice = await scene.observer.tidy?.(litter, { manner: 'delete', signal });

    expect([once, twice]).toEqual(['done', 'gone']);
    expect(scene.world.statusOf(id)).toBe('deleted');
  });

  test('leaves spam where it is, unless it deletes', async () => {
    const scene = await startScene();
    const { id } = await scene.deliver('spam');
    const litter = await litterOf(scene);

    const closed = await scene.observer.tidy?.(litter, { manner: 'close', signal });
    const left = scene.world.statusOf(id);
    await scene.observer.tidy?.(litter, { manner: 'delete', signal });

    expect([closed, left]).toEqual(['done', 'spam']);
    expect(scene.world.statusOf(id)).toBe('deleted');
  });

  test("leaves other people's mail alone: another canary, a customer, a merge of both", async () => {
    const scene = await startScene();
    const own = await scene.deliver();
    const litter = await litterOf(scene);
    const foreign = await scene.world.deliver(foreignMail());
    const other = await scene.world.deliver(testCanary().message);
    const at = (id: number): Litter => ({ ...litter, externalId: scene.world.externalIdOf(id) });
    const tidy = (wanted: Litter) => scene.observer.tidy?.(wanted, { manner: 'delete', signal });

    const apart = [await tidy(at(foreign)), await tidy(at(other))];
    scene.world.merge(own.id, foreign);
    const merged = await tidy(litter);

    expect([...apart, merged]).toEqual(['not_ours', 'not_ours', 'not_ours']);
    expect([foreign, other].map((id) => scene.world.statusOf(id))).toEqual(['active', 'active']);
  });

  test('follows a merge of two copies to where they are', async () => {
    const scene = await startScene();
    const canary = testCanary();
    const first = await scene.world.deliver(canary.message);
    const litter = await litterOf(scene);
    const second = await scene.world.deliver(canary.message);
    scene.world.merge(first, second);

    expect(await scene.observer.tidy?.(litter, { manner: 'close', signal })).toBe('done');
    expect(scene.world.statusOf(second)).toBe('closed');
  });

  test('says when it was refused', async () => {
    const scene = await startScene();
    await scene.deliver();
    const litter = await litterOf(scene);
    scene.world.override = ({ method }) =>
      method === 'PATCH' ? { status: 403, headers: {}, body: '{}' } : undefined;

    const work = scene.observer.tidy?.(litter, { manner: 'close', signal });

    expect((await failureOf(work ?? Promise.resolve())).reason).toBe('auth');
  });
});

import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';
import { OPEN, recorder, startSite } from './support.ts';

describe('starting and stopping', () => {
  it('an address in use is a mistake in the configuration', async () => {
    const site = await startSite();
    const listen = { host: '127.0.0.1', port: site.port };

    await expect(startSite({ config: { ...OPEN, listen } })).rejects.toMatchObject({
      reason: 'config',
    });
  });

  it('stop is idempotent, ends idle connections and refuses new ones', async () => {
    const site = await startSite();
    const idle = connect(site.port, '127.0.0.1');
    const closed = new Promise((resolve) => idle.on('close', resolve));
    await new Promise((resolve) => idle.on('connect', resolve));

    await Promise.all([site.server.stop(), site.server.stop()]);

    await closed;
    await expect(site.get('/healthz')).rejects.toThrow('ECONNREFUSED');
  });

  it('stop cuts off an answer that lingers', async () => {
    const clock = createFakeClock();
    let heard = (): void => undefined;
    const asked = new Promise<void>((resolve) => (heard = resolve));
    const scrape = (): Promise<never> => {
      heard();
      return new Promise(() => undefined);
    };
    const site = await startSite({ clock, metrics: { scrape } });
    const answer = expect(site.get('/metrics')).rejects.toThrow();
    await asked;

    const stopped = site.server.stop();
    await clock.whenAsleep();
    await clock.advance(3_000);

    await stopped;
    await answer;
  });

  it('warns when everybody can read', async () => {
    const logged: object[] = [];
    const listen = { host: '0.0.0.0', port: 0 };
    const open = await startSite({ config: { ...OPEN, listen }, logger: recorder(logged) });

    expect(logged).toContainEqual({ host: '0.0.0.0' });
    expect(open.port).toBeGreaterThan(0);
  });
});

import { describeObserverContract } from '../../contracts/observer-contract.ts';
import { contractClock } from '../../contracts/observer/looks.ts';
import { serveWorld, type WorldServer } from '../../support/helpscout-server.ts';
import { ZammadWorld } from '../../support/zammad-world.ts';
import { zammadBench } from './bench.ts';

const servers: WorldServer[] = [];

describeObserverContract({
  type: 'zammad',
  places: ['closed', 'other', 'spam'],
  manners: ['close', 'delete'],
  isRaw: true,
  start: () => Promise.resolve(),
  async stop() {
    for (const server of servers) await server.stop();
  },
  async open() {
    const world = new ZammadWorld({ clock: contractClock });
    const server = await serveWorld(world);
    servers.push(server);
    return zammadBench(world, server);
  },
});

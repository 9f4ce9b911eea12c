import { describeObserverContract } from '../../contracts/observer-contract.ts';
import { contractClock } from '../../contracts/observer/looks.ts';
import { FreescoutWorld } from '../../support/freescout-world.ts';
import { serveWorld, type WorldServer } from '../../support/helpscout-server.ts';
import { freescoutBench } from './bench.ts';

const servers: WorldServer[] = [];

describeObserverContract({
  type: 'freescout',
  places: ['closed', 'spam', 'trash'],
  manners: ['close', 'delete'],
  isRaw: true,
  start: () => Promise.resolve(),
  async stop() {
    for (const server of servers) await server.stop();
  },
  async open() {
    const world = new FreescoutWorld({ clock: contractClock });
    const server = await serveWorld(world);
    servers.push(server);
    return freescoutBench(world, server);
  },
});

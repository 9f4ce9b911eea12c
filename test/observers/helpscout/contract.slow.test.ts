import { describeObserverContract } from '../../contracts/observer-contract.ts';
import { contractClock } from '../../contracts/observer/looks.ts';
import { serveWorld, type WorldServer } from '../../support/helpscout-server.ts';
import { HelpscoutWorld } from '../../support/helpscout-world.ts';
import { helpscoutBench } from './bench.ts';

const servers: WorldServer[] = [];

describeObserverContract({
  type: 'helpscout',
  places: ['closed', 'spam'],
  manners: ['close', 'delete'],
  isRaw: true,
  start: () => Promise.resolve(),
  async stop() {
    for (const server of servers) await server.stop();
  },
  async open() {
    const world = new HelpscoutWorld({ clock: contractClock });
    const server = await serveWorld(world);
    servers.push(server);
    return helpscoutBench({
      port: server.port,
      mailboxId: world.mailboxId,
      appId: world.appId,
      appSecret: world.appSecret,
      deliver: (message, status) => world.deliver(message, status),
      state: () => world.state(),
      restart: () => server.restart(),
    });
  },
});

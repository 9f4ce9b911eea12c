import { afterAll, beforeAll } from 'vitest';
import { describeObserverContract } from '../contracts/observer-contract.ts';
import { startMailRig, type MailRig } from '../support/rig/mail-rig.ts';
import { findFreePorts } from '../support/rig/processes.ts';
import { rtMailgate } from '../support/rig/rt-files.ts';
import { startRt, type Rt } from '../support/rig/rt.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { rtBench } from './bench.ts';
import { describeChain, type Chain } from './chain.ts';
import { describeJourneys, type Journey } from './journeys.ts';
import { describeParticulars } from './particulars.ts';

let mail: MailRig;
let rt: Rt;
let sender: Journey['sender'];
let mailbox: Chain['mailbox'];
let line: Chain['line'];
// One of each for all: making RT's database takes as long as many tests.
beforeAll(async () => {
  const [port = 0] = await findFreePorts(1);
  line = await startProxy({ target: { port } });
  const services = [rtMailgate(port), rtMailgate(line.port, 'rtchain')].join('\n');
  mail = await startMailRig({
    services,
    transports: { 'support@example.test': 'rt:Support', 'ticket@example.test': 'rtchain:Chain' },
    postfix: `virtual_alias_maps = inline:{ { chain@example.test = chainbox@example.test, ticket@example.test } }`,
  });
  sender = await mail.addUser('canary');
  mailbox = await mail.addUser('chainbox');
  rt = await startRt({ port, smtpPort: mail.smtpPort });
  for (const queue of ['Support', 'Chain']) await rt.createQueue(queue);
});
afterAll(async () => {
  await rt.stop();
  await mail.stop();
  await line.stop();
});

describeObserverContract({
  type: 'rt',
  places: ['closed', 'spam', 'trash'],
  manners: ['close', 'delete'],
  isRaw: true,
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  open: () => rtBench(rt),
});

describeParticulars(() => rt);

describeJourneys(() => ({ mail, rt, sender }));

describeChain(() => ({ mail, rt, mailbox, line }));

import { afterAll, beforeAll } from 'vitest';
import { describeObserverContract } from '../contracts/observer-contract.ts';
import { startMailRig, type MailRig } from '../support/rig/mail-rig.ts';
import { findFreePorts } from '../support/rig/processes.ts';
import { rtMailgate } from '../support/rig/rt-files.ts';
import { startRt, type Rt } from '../support/rig/rt.ts';
import { rtBench } from './bench.ts';
import { describeJourneys, type Journey } from './journeys.ts';
import { describeParticulars } from './particulars.ts';

let mail: MailRig;
let rt: Rt;
let sender: Journey['sender'];
// One of each for all: making RT's database takes as long as many tests.
beforeAll(async () => {
  const [port = 0] = await findFreePorts(1);
  const services = rtMailgate(port);
  mail = await startMailRig({ services, transports: { 'support@example.test': 'rt:Support' } });
  sender = await mail.addUser('canary');
  rt = await startRt({ port, smtpPort: mail.smtpPort });
  await rt.createQueue('Support');
});
afterAll(async () => {
  await rt.stop();
  await mail.stop();
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

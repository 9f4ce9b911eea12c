import { describeObserverContract } from '../contracts/observer-contract.ts';
import { helpscoutBench } from '../observers/helpscout/bench.ts';
import { openDesk, type SandboxDesk } from './desk.ts';

const desks: SandboxDesk[] = [];

describeObserverContract({
  type: 'helpscout (on the helpdesk of the sandbox)',
  places: ['closed', 'spam'],
  manners: ['close', 'delete'],
  isRaw: true,
  start: () => Promise.resolve(),
  async stop() {
    await Promise.all(desks.map((desk) => desk.stop()));
  },
  /** For each case another one, written apart from the observer. */
  async open() {
    const desk = await openDesk();
    desks.push(desk);
    return helpscoutBench(desk);
  },
});

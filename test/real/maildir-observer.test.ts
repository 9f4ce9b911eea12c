import { afterAll, beforeAll } from 'vitest';
import { describeObserverContract } from '../contracts/observer-contract.ts';
import { maildirBench } from '../observers/maildir/bench.ts';
import { startMailRig, type MailRig } from '../support/rig/mail-rig.ts';
import { makeMaildir } from '../support/rig/maildir.ts';

let rig: MailRig;
beforeAll(async () => {
  rig = await startMailRig();
});
afterAll(() => rig.stop());

const NO_LOGIN = 'files have no login';
const NO_CONNECTION = 'files have no connection';

describeObserverContract({
  type: 'maildir',
  places: ['spam', 'trash'],
  manners: ['delete'],
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  async open() {
    const user = await rig.addUser();
    await makeMaildir(rig, user, ['Junk']);
    return maildirBench(rig, user);
  },
  skip: {
    'a wrong password is told apart, without secrets': NO_LOGIN,
    'a wrong password is said so, without secrets': NO_LOGIN,
    ...Object.fromEntries(
      [
        'a refused connection is told apart, without secrets',
        'a connection that is reset at once is told apart, without secrets',
        'a connection that ends in the middle is told apart, without secrets',
        'a server that says nothing is told apart, without secrets',
        'a server that falls silent is told apart, without secrets',
        'a server that speaks something else is told apart, without secrets',
        'it does not connect again at once after a failure, and says when it will',
        'a look that breaks off says nothing, and the next one misses nothing',
        'a look stops promptly while it connects',
        'a look stops promptly while it waits for an answer, and works afterwards',
        'close ends a look, is idempotent and leaves no handles',
        'stops when it is told to, in the middle of connecting, and works afterwards',
      ].map((name) => [name, NO_CONNECTION]),
    ),
  },
});

import { createHmac } from 'node:crypto';
import PostalMime from 'postal-mime';
import { createSystemRandom } from '../../../src/base/system.ts';
import type { HookRequest, Observer } from '../../../src/observers/observer.ts';
import { WebhookConfig } from '../../../src/observers/webhook/config.ts';
import { createWebhookObserver } from '../../../src/observers/webhook/index.ts';
import { describeObserverContract } from '../../contracts/observer-contract.ts';
import type { ObserverBench } from '../../contracts/observer/bench.ts';
import { contractClock } from '../../contracts/observer/looks.ts';
import { TEST_KEYS } from '../../support/test-launch.ts';

const SECRET = 'between-us-and-the-helpdesk';
const config = WebhookConfig.parse({
  ...{ type: 'webhook', webhook_secret: SECRET },
  fields: { id: 'id', subject: 'subject', text: 'text' },
});

/** Every observer of the bench is told of every mail, also of those before it. */
function openBench(): ObserverBench {
  const told: HookRequest[] = [];
  const observers: Observer[] = [];
  return {
    port: 1,
    secrets: [SECRET],
    create() {
      const tools = { clock: contractClock, random: createSystemRandom(), keys: TEST_KEYS };
      const observer = createWebhookObserver('pushed', config, tools);
      for (const request of told) observer.hook?.(request);
      observers.push(observer);
      return observer;
    },
    async deliver(message) {
      const { subject = '', text = '' } = await PostalMime.parse(Buffer.from(message, 'latin1'));
      const body = Buffer.from(JSON.stringify({ id: told.length + 1, subject, text }));
      const hmac = createHmac('sha256', SECRET).update(body).digest('hex');
      const request = { headers: { 'x-hub-signature-256': hmac }, body };
      told.push(request);
      for (const observer of observers) observer.hook?.(request);
    },
    state: () => Promise.resolve(JSON.stringify(told)),
    restart: () => Promise.resolve(),
  };
}

const NEVER_COMPLETE = 'it cannot look: no look of it is complete, and it has no places';
const NO_CONNECTION = 'it makes no connection';

/** What the contract asks of complete looks is asked of it in webhook.test.ts, as far as it applies. */
const skip = Object.fromEntries<string>([
  ...[
    'a delivered canary is seen once, in the inbox, with a stamp',
    'a look says when it began and ended, and what each place cost',
    'what came before the first look is found by its date',
    'a canary in another place is seen there',
    'copies of one canary are reported together, whenever they come',
    'tokens that we did not sign are counted and no sightings',
    'news stops promptly, connected or not, and looks go on',
    'the same cursor gives the same, the next one nothing, also after a restart of ours',
    ...[
      'a body of 10 MB',
      'a header of 100 kB',
      'a folded header of 90 kB before ours',
      'broken MIME',
      'headers of raw bytes',
      'two token headers, the first one forged',
      'a subject of nothing but marks',
    ].map((what) => `a mail with ${what} does not break a look`),
  ].map((name): [string, string] => [name, NEVER_COMPLETE]),
  ...[
    'a look stops promptly while it connects',
    'a look stops promptly while it waits for an answer, and works afterwards',
    'close ends a look, is idempotent and leaves no handles',
    ...[
      'a wrong password',
      'a refused connection',
      'a connection that is reset at once',
      'a connection that ends in the middle',
      'a server that says nothing',
      'a server that falls silent',
      'a server that speaks something else',
    ].map((what) => `${what} is told apart, without secrets`),
    'it does not connect again at once after a failure, and says when it will',
    'a look that breaks off says nothing, and the next one misses nothing',
    'it outlives a restart of the server',
  ].map((name): [string, string] => [name, NO_CONNECTION]),
]);

describeObserverContract({
  type: 'webhook',
  places: [],
  manners: [],
  isRaw: true,
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  open: () => Promise.resolve(openBench()),
  skip,
});

import { writeDuration } from '../base/duration.ts';
import type { Addresses } from '../sandbox/sandbox.ts';
import type { Stage } from '../sandbox/stage.ts';

export interface DemoPlace {
  readonly stage: Pick<Stage, 'recipients' | 'credentials' | 'speed' | 'scenario'>;
  readonly addresses: Addresses;
  /** Of the status page. */
  readonly port: number;
  readonly tokenKey: string;
  readonly hookSecret: string;
}

/** Networks and computing do not get faster with the clock: a time-out of 10 s must last as long for a person. */
const TIMEOUT_S = 10;

/** A dialogue takes a quarter of a second by any clock (smtp-server waits before it greets): canaries must not queue up. */
const FASTEST_CADENCE_MS = 500;
const USUAL_CADENCE_MS = 60_000;
const QUICK_CADENCE_MS = 5_000;

/** Time between the canaries of a probe, on the clock of the stage. */
export function demoCadenceMs({ speed, scenario }: Pick<Stage, 'speed' | 'scenario'>): number {
  if (scenario === undefined) return QUICK_CADENCE_MS;
  return USUAL_CADENCE_MS * Math.ceil((speed * FASTEST_CADENCE_MS) / USUAL_CADENCE_MS);
}

/** The configuration of the demo's monitor, as a person would write it. */
export function demoConfig(place: DemoPlace): string {
  const { stage, addresses, port, tokenKey, hookSecret } = place;
  const { recipients, credentials, speed, scenario } = stage;
  const timeout = `${Math.ceil(TIMEOUT_S * speed)}s`;
  const isQuick = scenario === undefined;
  // Short deadlines, so that trouble shows while somebody looks; an incident is judged by the usual ones.
  const every = `every: ${writeDuration(demoCadenceMs(stage))}`;
  const policy = isQuick
    ? `${every}, suspect_after: 8s, late_after: 20s, lost_after: 1m, forget_after: 1h`
    : every;
  const pace = isQuick
    ? 'requests_per_minute: 300, look_every: 10s, index_lag: 5s'
    : 'requests_per_minute: 300';
  return `# Made by mailcanary demo, and gone when it ends.
vantage: demo
ledger: { url: "sqlite:./mailcanary.db" }
token_keys: ["${tokenKey}"]
senders:
  relay: { type: smtp, url: "smtp://127.0.0.1:${addresses.smtp.port}", from: canary@probe.test, timeout: ${timeout} }
observers:
  helpdesk:
    { type: helpscout, url: "${addresses.helpdesk.url}", app_id: "${credentials.appId}",
      app_secret: "${credentials.appSecret.reveal()}", mailbox_id: ${credentials.mailboxId},
      webhook_secret: "${hookSecret}", timeout: ${timeout}, ${pace} }
  mailbox:
    { type: imap, url: "imap://127.0.0.1:${addresses.imap.port}", user: "${credentials.imapUser}",
      password: "${credentials.imapPassword.reveal()}", timeout: ${timeout} }
probes:
  support: { sender: relay, to: ${recipients.support}, observer: helpdesk, ${policy} }
  control: { sender: relay, to: ${recipients.control}, observer: mailbox, role: control, ${policy} }
server: { listen: "127.0.0.1:${port}", hooks: { listen: "127.0.0.1:0" } }
`;
}

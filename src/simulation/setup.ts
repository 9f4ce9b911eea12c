import { writeDuration } from '../base/duration.ts';
import { shortName } from '../sandbox/mail.ts';
import { RECIPIENTS, serverNames } from './mail-system.ts';

export interface SetupOptions {
  /** Between the canaries of a probe, in milliseconds. */
  readonly everyMs: number;
  /** Inbound servers of the helpdesk. */
  readonly servers: number;
  /** A probe for each inbound server, handed over to it, instead of one that any of them may take. */
  readonly perServer: boolean;
}

/** How the helpdesk is watched: by which probe and through which sender, and which inbound server that one speaks to. */
export interface Way {
  readonly probe: string;
  readonly sender: string;
  /** Undefined: whichever takes it. */
  readonly server: string | undefined;
}

const TOKEN_KEY = 'the key of a simulation, of no use elsewhere';

export function waysOf({ servers, perServer }: SetupOptions): readonly Way[] {
  if (!perServer) return [{ probe: 'support', sender: 'relay', server: undefined }];
  return serverNames(servers).map((server) => {
    const sender = shortName(server);
    return { probe: `support-${sender}`, sender, server };
  });
}

/** What a user would write; the adapters it names are models here. */
export function configText(options: SetupOptions): string {
  const every = `every: ${writeDuration(options.everyMs)}`;
  const ways = waysOf(options);
  const senders = [...new Set(['relay', ...ways.map(({ sender }) => sender)])].map(
    (sender) =>
      `  ${sender}: { type: smtp, url: "smtp://127.0.0.1:25", from: canary@example.org }\n`,
  );
  const probes = ways.map(
    ({ probe, sender }) =>
      `  ${probe}: { sender: ${sender}, to: ${RECIPIENTS.helpdesk}, observer: helpdesk, ${every} }\n`,
  );
  return `
token_keys: ["${TOKEN_KEY}"]
ledger: { url: "sqlite:./never-opened.db", keep: 4d }
senders:
${senders.join('')}
observers:
  helpdesk: { type: helpscout, app_id: a, app_secret: b, mailbox_id: 1 }
  mailbox: { type: imap, url: "imap://canary@127.0.0.1", password: c }
probes:
${probes.join('')}
  control: { sender: relay, to: ${RECIPIENTS.control}, observer: mailbox, role: control, ${every} }
`;
}

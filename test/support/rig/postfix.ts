import { chmod, chown, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Certificates } from './certificates.ts';
import { run, startDaemon, waitForGreeting, type Daemon } from './processes.ts';

export interface PostfixSettings {
  /** The folder of this server, made by us. */
  readonly folder: string;
  readonly ports: {
    readonly smtp: number;
    readonly submission: number;
    readonly smtps: number;
    readonly hop: number;
    readonly lmtp: number;
    readonly policy: number;
  };
  readonly certificates: Certificates;
  /** Lines to add to main.cf; a later line wins. */
  readonly extra: string;
  /** Lines to add to master.cf: further services. */
  readonly services: string;
  /** Address to transport: what does not go to Dovecot. */
  readonly transports: Readonly<Record<string, string>>;
}

export interface Postfix {
  readonly logFile: string;
  /** The socket that Dovecot must offer for AUTH. */
  readonly authSocket: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Tries all deferred mail now. */
  flush(): Promise<void>;
  /** Frees what is on hold, and tries it now. */
  releaseHeld(): Promise<void>;
  /** The queue ids of all mail not yet delivered, by queue. */
  queue(): Promise<QueuedMail[]>;
}

export interface QueuedMail {
  readonly queueId: string;
  readonly queue: 'active' | 'deferred' | 'hold' | 'incoming' | 'maildrop';
  readonly recipients: readonly string[];
}

/** Writes the configuration of a mail server of its own; nothing runs yet. */
export async function createPostfix(settings: PostfixSettings): Promise<Postfix> {
  const config = join(settings.folder, 'etc');
  const logFile = join(settings.folder, 'log', 'postfix.log');
  await createFolders(settings.folder);
  await writeAged(join(config, 'main.cf'), renderMain(settings, logFile));
  await writeAged(join(config, 'master.cf'), renderMaster(settings));
  const daemons = (await run('postconf', ['-d', '-h', 'daemon_directory'])).trim();
  let daemon: Daemon | undefined;
  const flush = async (): Promise<void> => {
    await run('postqueue', ['-c', config, '-f']);
  };
  return {
    logFile,
    authSocket: join(settings.folder, 'spool', 'private', 'auth'),
    flush,
    async start() {
      // Not "postfix start": its checks of the whole installation take seconds.
      daemon = startDaemon(join(daemons, 'master'), ['-s', '-c', config]);
      try {
        await waitForGreeting(settings.ports.smtp, daemon);
      } catch (cause) {
        const log = await readFile(logFile, 'utf8').catch(() => '');
        throw new Error(`Postfix does not start: ${log.slice(-2_000)}`, { cause });
      }
    },
    async stop() {
      await daemon?.stop();
    },
    async releaseHeld() {
      await run('postsuper', ['-c', config, '-H', 'ALL']);
      await flush();
    },
    async queue() {
      const lines = (await run('postqueue', ['-c', config, '-j'])).split('\n').filter(Boolean);
      return lines.map(parseQueueLine);
    },
  };
}

/** Postfix sleeps until its configuration is a second old, lest it read a half-written one. */
async function writeAged(file: string, text: string): Promise<void> {
  const aMinuteAgo = Date.now() / 1_000 - 60;
  await writeFile(file, text);
  await utimes(file, aMinuteAgo, aMinuteAgo);
}

function parseQueueLine(line: string): QueuedMail {
  const entry = JSON.parse(line) as {
    queue_id: string;
    queue_name: QueuedMail['queue'];
    recipients: { address: string }[];
  };
  return {
    queueId: entry.queue_id,
    queue: entry.queue_name,
    recipients: entry.recipients.map((recipient) => recipient.address),
  };
}

/** What "postfix check" would make, with the owners and rights that Postfix insists on. */
async function createFolders(folder: string): Promise<void> {
  const owner = await findId('/etc/passwd', 'postfix');
  const dropGroup = await findId('/etc/group', 'postdrop');
  for (const part of ['etc', 'log', 'data', 'spool', 'spool/pid']) {
    await mkdir(join(folder, part), { recursive: true });
  }
  await chown(join(folder, 'data'), owner, owner);
  const queues = 'active bounce corrupt defer deferred flush hold incoming private saved trace';
  for (const queue of queues.split(' ')) {
    await mkdir(join(folder, 'spool', queue), { mode: 0o700 });
    await chown(join(folder, 'spool', queue), owner, 0);
  }
  for (const [name, mode] of [
    ['maildrop', 0o730],
    ['public', 0o710],
  ] as const) {
    await mkdir(join(folder, 'spool', name));
    await chown(join(folder, 'spool', name), owner, dropGroup);
    await chmod(join(folder, 'spool', name), mode);
  }
}

async function findId(file: string, name: string): Promise<number> {
  const line = (await readFile(file, 'utf8')).split('\n').find((it) => it.startsWith(`${name}:`));
  if (line === undefined) throw new Error(`${file} has no ${name}: is Postfix installed?`);
  return Number(line.split(':')[2]);
}

function renderMap(entries: PostfixSettings['transports']): string {
  return Object.entries(entries)
    .map(([key, value]) => `{${key}=${value}}`)
    .join(', ');
}

function renderMain(settings: PostfixSettings, log: string): string {
  const { folder, ports, certificates, transports, extra } = settings;
  return `
compatibility_level = 3.6
queue_directory = ${folder}/spool
data_directory = ${folder}/data
multi_instance_enable = yes
multi_instance_name = postfix-rig
maillog_file = ${log}
maillog_file_prefixes = ${folder}/log

myhostname = mx.example.test
mydomain = example.test
myorigin = example.test
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
mynetworks = 127.0.0.0/8
relay_domains = hop.test
virtual_mailbox_domains = example.test
virtual_mailbox_maps =
virtual_transport = lmtp:inet:127.0.0.1:${ports.lmtp}
transport_maps = inline:{ ${renderMap({ 'hop.test': `smtp:[127.0.0.1]:${ports.hop}`, ...transports })} }
alias_maps =
recipient_delimiter = +
message_size_limit = 20971520
notify_classes =
biff = no

# nothing leaves the machine, and nothing asks DNS
default_transport = discard:
relay_transport = discard:
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
lmtp_dns_support_level = disabled
smtp_host_lookup = native
lmtp_host_lookup = native

# the policy server in the test process decides about each recipient; the queue
# file is made at MAIL FROM so that it is told the queue id
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:${ports.policy}, permit
smtpd_end_of_data_restrictions = check_policy_service inet:127.0.0.1:${ports.policy}
smtpd_delay_open_until_valid_rcpt = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 10000
smtpd_hard_error_limit = 10000
smtpd_tls_security_level = none
smtp_tls_security_level = none
lmtp_tls_security_level = none
smtpd_tls_cert_file = ${certificates.certFile}
smtpd_tls_key_file = ${certificates.keyFile}
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth

# outages end in seconds, and a dead next hop is not remembered
in_flow_delay = 0
max_idle = 5s
minimal_backoff_time = 2s
maximal_backoff_time = 5s
queue_run_delay = 2s
transport_retry_time = 2s
default_destination_concurrency_failed_cohort_limit = 100000

# both for the times in the log: a queue id tells its microsecond
enable_long_queue_ids = yes
delay_logging_resolution_limit = 6
${extra}
`;
}

function renderMaster({ ports, services }: PostfixSettings): string {
  const login = `
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject`;
  return `
127.0.0.1:${ports.smtp}        inet  n - n - 200 smtpd
127.0.0.1:${ports.submission}  inet  n - n - 200 smtpd
  -o smtpd_tls_security_level=encrypt${login}
127.0.0.1:${ports.smtps}       inet  n - n - 200 smtpd
  -o smtpd_tls_wrappermode=yes${login}
127.0.0.1:${ports.hop}         inet  n - n - 50 smtpd
  -o myhostname=hop.example.test
  -o cleanup_service_name=cleanup-hop
cleanup-hop  unix  n - n - 0 cleanup
  -o virtual_alias_maps=inline:{{@hop.test=@example.test}}
pickup       unix  n - n 60 1 pickup
cleanup      unix  n - n - 0 cleanup
qmgr         unix  n - n 300 1 qmgr
rewrite      unix  - - n - - trivial-rewrite
bounce       unix  - - n - 0 bounce
defer        unix  - - n - 0 bounce
trace        unix  - - n - 0 bounce
verify       unix  - - n - 1 verify
flush        unix  n - n 1000? 0 flush
proxymap     unix  - - n - - proxymap
proxywrite   unix  - - n - 1 proxymap
smtp         unix  - - n - - smtp
relay        unix  - - n - - smtp
showq        unix  n - n - - showq
error        unix  - - n - - error
retry        unix  - - n - - error
discard      unix  - - n - - discard
lmtp         unix  - - n - - lmtp
anvil        unix  - - n - 1 anvil
tlsmgr       unix  - - n 1000? 1 tlsmgr
scache       unix  - - n - 1 scache
postlog      unix-dgram n - n - 1 postlogd
${services}
`;
}

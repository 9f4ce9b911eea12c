import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Certificates } from './certificates.ts';
import { run, startDaemon, waitForGreeting, type Daemon } from './processes.ts';

export interface DovecotSettings {
  /** The folder of this server, made by us. */
  readonly folder: string;
  readonly ports: { readonly imap: number; readonly imaps: number; readonly lmtp: number };
  /** Where Postfix asks for passwords. */
  readonly authSocket: string;
  readonly certificates: Certificates;
  /** Lines to add to the configuration. */
  readonly extra: string;
}

export interface Dovecot {
  readonly logFile: string;
  /** Registers a mailbox; it works at once. */
  addUser(user: string, password: string): Promise<void>;
  doveadm(args: readonly string[], input?: string | Uint8Array): Promise<string>;
  start(): Promise<void>;
  /** Takes a second: so long Dovecot needs. */
  stop(): Promise<void>;
  /** Stops it for good, at once. */
  kill(): Promise<void>;
}

/** Debian's user and group `mail`, which own all mail here. */
const MAIL_ID = 8;

/** Writes the configuration of an IMAP and LMTP server of its own; nothing runs yet. */
export async function createDovecot(settings: DovecotSettings): Promise<Dovecot> {
  const { folder, ports } = settings;
  const config = join(folder, 'dovecot.conf');
  const logFile = join(folder, 'dovecot.log');
  for (const part of ['run', 'mail', 'users']) {
    await mkdir(join(folder, part), { recursive: true });
  }
  await chown(join(folder, 'mail'), MAIL_ID, MAIL_ID);
  await writeFile(config, renderConfig(settings, logFile));
  let daemon: Daemon | undefined;
  return {
    logFile,
    // A file for each user: Dovecot looks at the change of a known passwd-file only once a second.
    addUser: (user, password) =>
      writeFile(join(folder, 'users', user), `${user}:{PLAIN}${password}\n`),
    doveadm: (args, input) => run('doveadm', ['-c', config, ...args], input),
    async start() {
      daemon = startDaemon('dovecot', ['-F', '-c', config]);
      try {
        await waitForGreeting(ports.imap, daemon);
        await waitForGreeting(ports.lmtp, daemon);
      } catch (cause) {
        const log = await readFile(logFile, 'utf8').catch(() => '');
        throw new Error(`Dovecot does not start: ${log.slice(-2_000)}`, { cause });
      }
    },
    async stop() {
      await daemon?.stop();
    },
    async kill() {
      await daemon?.kill();
    },
  };
}

function renderConfig(settings: DovecotSettings, logFile: string): string {
  const { folder, ports, certificates } = settings;
  return `
base_dir = ${folder}/run
state_dir = ${folder}/run
instance_name = ${folder}
log_path = ${logFile}
log_timestamp = "%Y-%m-%dT%H:%M:%S.%{usecs}Z "
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <${certificates.certFile}
ssl_key = <${certificates.keyFile}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0

first_valid_uid = ${MAIL_ID}
mail_uid = ${MAIL_ID}
mail_gid = ${MAIL_ID}
mail_location = maildir:${folder}/mail/%n/Maildir
mail_fsync = never
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%n ${folder}/users/%n
}
userdb {
  driver = static
  args = uid=${MAIL_ID} gid=${MAIL_ID} home=${folder}/mail/%n
}
namespace inbox {
  inbox = yes
  mailbox Junk {
    auto = create
    special_use = \\Junk
  }
  mailbox Trash {
    auto = create
    special_use = \\Trash
  }
}
mail_max_userip_connections = 2000
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
protocol lmtp {
  mail_plugins =
  postmaster_address = postmaster@example.test
}

default_process_limit = 2000
service imap-login {
  service_count = 0
  client_limit = 2000
  inet_listener imap {
    address = 127.0.0.1
    port = ${ports.imap}
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = ${ports.imaps}
    ssl = yes
  }
}
service imap {
  process_limit = 2000
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${ports.lmtp}
  }
}
service stats {
  client_limit = 5000
}
service anvil {
  client_limit = 10000
  # no penalty for wrong passwords: it slows everybody's next login from this address
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  client_limit = 10000
  unix_listener ${settings.authSocket} {
    mode = 0660
    user = postfix
    group = postfix
  }
}
${settings.extra}
`;
}

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ImapFlow } from 'imapflow';
import { deliverByLmtp } from './lmtp.ts';
import type { RigUser } from './mail-rig.ts';
import { findFreePorts, guardFolder, run, startDaemon, waitForGreeting } from './processes.ts';
import type { Daemon } from './processes.ts';

/** A real Cyrus of our own: IMAP, LMTP, and JMAP over HTTP, each on a port of 127.0.0.1. */
export interface CyrusRig {
  readonly imapPort: number;
  readonly lmtpPort: number;
  readonly httpPort: number;
  /** A new empty mailbox with INBOX, Junk, Trash and Archive, which the server marks as such, and Sorted, which it does not. */
  addUser(name?: string): Promise<RigUser>;
  /** Foreign mail straight into a mailbox: by LMTP, or saved into `folder`. */
  deliver(user: RigUser, message: string, folder?: string): Promise<void>;
  /** Runs on a connection of its own, logged in. */
  withImap<T>(user: RigUser, work: (client: ImapFlow) => Promise<T>): Promise<T>;
  /** What the owner may do in a folder, as letters (RFC 4314). */
  setRights(user: RigUser, folder: string, rights: string): Promise<void>;
  /** Folder, UID, flags and size of every mail. */
  state(user: RigUser): Promise<string>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Cyrus refuses to give more mails than this in one answer over JMAP. */
export const MOST_OBJECTS = 50;

/** Brought by the package; Cyrus refuses to be root. */
const USER = ['--reuid=cyrus', '--regid=mail', '--init-groups'];
const MASTER = '/usr/sbin/cyrmaster';
/** What excludes Dovecot as a package is unpacked there (test/support/install.mjs). */
const UNPACKED = fileURLToPath(
  new URL('../../../node_modules/.cache/packages/usr/lib/cyrus/bin/', import.meta.url),
);
const PROGRAMS = ['imapd', 'idled'];
/** Cyrus syncs each of its many databases with each mail; in memory that costs nothing. */
const MEMORY = '/dev/shm';

export async function startCyrus(): Promise<CyrusRig> {
  const folder = await makeFolder(tmpdir());
  const store = await makeFolder(existsSync(MEMORY) ? MEMORY : tmpdir());
  const [imapPort = 0, lmtpPort = 0, httpPort = 0] = await findFreePorts(3);
  const ports = { imapPort, lmtpPort, httpPort };
  const passwords = new Map<string, string>();
  const logins = await answerLogins(join(folder.path, 'mux'), passwords);
  await writeFiles({ folder: folder.path, store: store.path }, ports);
  let daemon = await start(folder.path, ports);
  let users = 0;

  const withImap: CyrusRig['withImap'] = async ({ user, password }, work) => {
    const client = new ImapFlow({
      ...{ host: '127.0.0.1', port: imapPort, secure: false, doSTARTTLS: false, logger: false },
      auth: { user, pass: password },
    });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.logout();
    }
  };

  return {
    ...ports,
    withImap,
    async addUser(name = `user${++users}`) {
      const user = { user: name, password: randomBytes(9).toString('base64url') };
      passwords.set(name, user.password);
      const full = { ...user, address: `${name}@example.test` };
      await withImap(full, () => Promise.resolve()); // the first login makes the folders
      return full;
    },
    async deliver(user, message, mailbox) {
      if (mailbox === undefined) return deliverByLmtp(lmtpPort, user.user, message);
      const text = message.replace(/\r?\n/g, '\r\n');
      await withImap(user, (client) => client.append(mailbox, text));
    },
    async setRights({ user, password }, mailbox, rights) {
      const lines = [`LOGIN ${user} ${password}`, `SETACL ${mailbox} ${user} ${rights}`, 'LOGOUT'];
      const socket = connect(imapPort, '127.0.0.1');
      socket.write(lines.map((line, index) => `a${index} ${line}\r\n`).join(''));
      const said = await text(socket);
      if (!said.includes('a1 OK')) throw new Error(`SETACL was refused: ${said}`);
    },
    state: (user) => withImap(user, describeMails),
    async restart() {
      await daemon.stop();
      daemon = await start(folder.path, ports);
    },
    async stop() {
      await daemon.kill();
      logins.close();
      await folder.remove();
      await store.remove();
    },
  };
}

async function makeFolder(
  above: string,
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(above, 'cyrus-rig-'));
  const unguard = guardFolder(path);
  await chmod(path, 0o755);
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
      unguard();
    },
  };
}

async function describeMails(client: ImapFlow): Promise<string> {
  const lines: string[] = [];
  for (const { path } of await client.list()) {
    await client.mailboxOpen(path, { readOnly: true });
    if (client.mailbox === false || client.mailbox.exists === 0) continue;
    for await (const { uid, flags, size } of client.fetch('1:*', { flags: true, size: true })) {
      lines.push([path, uid, size, ...[...(flags ?? [])].sort()].join(' '));
    }
  }
  return lines.sort().join('\n');
}

type Ports = Pick<CyrusRig, 'imapPort' | 'lmtpPort' | 'httpPort'>;

async function start(folder: string, { imapPort, lmtpPort }: Ports): Promise<Daemon> {
  const files = ['-C', join(folder, 'imapd.conf'), '-M', join(folder, 'cyrus.conf')];
  const pid = ['-p', join(folder, 'master.pid')];
  const daemon = startDaemon('setpriv', [...USER, MASTER, '-D', ...files, ...pid]);
  await waitForGreeting(imapPort, daemon);
  await waitForGreeting(lmtpPort, daemon);
  return daemon;
}

interface Folders {
  readonly folder: string;
  /** Of databases and mails. */
  readonly store: string;
}

async function writeFiles({ folder, store }: Folders, ports: Ports): Promise<void> {
  await writeFile(join(folder, 'imapd.conf'), renderSettings({ folder, store }));
  await writeFile(join(folder, 'cyrus.conf'), renderServices(folder, ports));
  // where Cyrus may read them, whoever may read ours
  for (const name of PROGRAMS) await copyFile(join(UNPACKED, name), join(folder, name));
  for (const part of ['spool', 'config/db', 'config/socket', 'config/proc']) {
    await mkdir(join(store, part), { recursive: true });
  }
  await run('chown', ['-R', 'cyrus:mail', folder, store]);
}

/**
 * Logins are asked of {@link answerLogins}; a second mail with a known Message-ID is delivered too. There is no submission:
 * each request over JMAP would start a sendmail to ask what it can do.
 */
function renderSettings({ folder, store }: Folders): string {
  return `
configdirectory: ${store}/config
defaultpartition: default
partition-default: ${store}/spool
servername: localhost
sasl_mech_list: PLAIN LOGIN
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: ${folder}/mux
allowplaintext: yes
failedloginpause: 0
autocreate_quota: 0
autocreate_post: yes
autocreate_inbox_folders: Junk | Trash | Archive | Sorted
xlist-junk: Junk
xlist-trash: Trash
xlist-archive: Archive
altnamespace: yes
unixhierarchysep: yes
duplicatesuppression: no
conversations: 1
conversations_db: twoskip
httpmodules: jmap
jmap_pushpoll: 1s
jmap_max_objects_in_get: ${MOST_OBJECTS}
smtp_backend: host
smtp_host: 127.0.0.1:1
`;
}

function renderServices(folder: string, { imapPort, lmtpPort, httpPort }: Ports): string {
  const config = `-C ${folder}/imapd.conf`;
  const service = (name: string, command: string, port: number): string =>
    `  ${name} cmd="${command} ${config}" listen="127.0.0.1:${port}" prefork=1 maxforkrate=50`;
  return `
START {
  recover cmd="ctl_cyrusdb ${config} -r"
  idled cmd="${folder}/idled ${config}"
}
SERVICES {
${service('imap', `${folder}/imapd`, imapPort)}
${service('lmtp', 'lmtpd -a', lmtpPort)}
${service('http', 'httpd', httpPort)}
}
EVENTS {
}
`;
}

/**
 * Answers as saslauthd does: user, password, service and realm come each behind its length in
 * two bytes; what goes back is OK or NO in the same form.
 */
async function answerLogins(path: string, passwords: ReadonlyMap<string, string>): Promise<Server> {
  const server = createServer((socket) => {
    let read = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      const [user, password] = wordsOf(read);
      if (user === undefined || password === undefined) return;
      answer(socket, passwords.get(user) === password ? 'OK' : 'NO');
    });
  });
  server.listen(path);
  await once(server, 'listening');
  await chmod(path, 0o777);
  return server;
}

/** All four of them; none before they are whole. */
function wordsOf(bytes: Buffer): readonly string[] {
  const words: string[] = [];
  for (let at = 0; words.length < 4;) {
    if (bytes.length < at + 2) return [];
    const end = at + 2 + bytes.readUInt16BE(at);
    if (bytes.length < end) return [];
    words.push(bytes.toString('utf8', at + 2, end));
    at = end;
  }
  return words;
}

function answer(socket: Socket, word: string): void {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(word.length);
  socket.end(Buffer.concat([length, Buffer.from(word)]));
}

import { BadCommand, type Args } from './args.ts';
import {
  ANY,
  isAccount,
  LOGGED_IN,
  no,
  ok,
  type Answer,
  type Command,
  type Session,
} from './session.ts';
import type { Folder } from './store.ts';
import { createView } from './view.ts';

/** What this server can do besides RFC 3501. */
export const CAPABILITIES =
  'IMAP4rev1 AUTH=PLAIN SASL-IR ID NAMESPACE IDLE UIDPLUS MOVE UNSELECT SPECIAL-USE';
const FLAGS = '\\Answered \\Flagged \\Deleted \\Seen \\Draft';

/** Commands that need no selected folder. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  CAPABILITY: {
    states: ANY,
    run(session, args) {
      args.end();
      session.send(`* CAPABILITY ${CAPABILITIES}`);
      return ok('done');
    },
  },
  NOOP: {
    states: ANY,
    run(_session, args) {
      args.end();
      return ok('done');
    },
  },
  LOGOUT: {
    states: ANY,
    run(session, args) {
      args.end();
      session.send('* BYE see you');
      session.state = 'over';
      return ok('done');
    },
  },
  ID: { states: ANY, run: identify },
  LOGIN: { states: ['greeted'], run: login },
  AUTHENTICATE: { states: ['greeted'], run: authenticate },
  NAMESPACE: {
    states: LOGGED_IN,
    run(session, args) {
      args.end();
      session.send('* NAMESPACE (("" "/")) NIL NIL');
      return ok('done');
    },
  },
  LIST: { states: LOGGED_IN, run: (session, args) => list(session, args, 'LIST') },
  LSUB: { states: LOGGED_IN, run: (session, args) => list(session, args, 'LSUB') },
  STATUS: { states: LOGGED_IN, run: status },
  SELECT: { states: LOGGED_IN, run: (session, args) => select(session, args, false) },
  EXAMINE: { states: LOGGED_IN, run: (session, args) => select(session, args, true) },
  IDLE: { states: LOGGED_IN, run: idle },
};

/** RFC 2971. */
function identify(session: Session, args: Args): Answer {
  args.space();
  if (args.take(/NIL$/iy) === undefined) {
    args.list(() => (args.take(/NIL/iy) === undefined ? args.astring() : ''));
  }
  args.end();
  session.send('* ID ("name" "mailcanary sandbox")');
  return ok('done');
}

function login(session: Session, args: Args): Answer {
  args.space();
  const user = args.astring();
  args.space();
  const password = args.astring();
  args.end();
  return enter(session, user, password);
}

/** PLAIN (RFC 4616), with the response at once (RFC 4959) or after a `+`. */
async function authenticate(session: Session, args: Args): Promise<Answer> {
  args.space();
  const mechanism = args.atom().toUpperCase();
  let response = args.take(/ [A-Za-z0-9+/=]+$/y)?.trim();
  args.end();
  if (mechanism !== 'PLAIN') return no('[CANNOT] no such mechanism');
  if (response === undefined) {
    session.send('+ ');
    response = await session.nextLine();
  }
  if (
    response === undefined ||
    !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3}=*)?$/.test(response)
  ) {
    throw new BadCommand('not base64');
  }
  const [as = '', user = '', password = ''] = Buffer.from(response, 'base64')
    .toString('latin1')
    .split('\u0000');
  if (as !== '' && as !== user) return no('[AUTHORIZATIONFAILED] as nobody else');
  return enter(session, user, password);
}

function enter(session: Session, user: string, password: string): Answer {
  if (!isAccount(session.account, user, password)) return no('[AUTHENTICATIONFAILED] wrong');
  session.state = 'authenticated';
  return ok(`[CAPABILITY ${CAPABILITIES}] welcome`);
}

function list(session: Session, args: Args, name: 'LIST' | 'LSUB'): Answer {
  args.space();
  // RFC 6154: those with a special use only
  const selection = name === 'LIST' ? args.take(/\(SPECIAL-USE\) /iy) : undefined;
  const reference = args.astring();
  args.space();
  const pattern = args.take(/[^\x00-\x20\x7f-\xff(){"\\\]]+/y) ?? args.astring();
  if (name === 'LIST') args.take(/ RETURN \((?:SPECIAL-USE)?\)$/iy);
  args.end();
  if (pattern === '') {
    session.send(`* ${name} (\\Noselect) "/" ""`);
    return ok('done');
  }
  const wanted = toPattern(reference + pattern);
  for (const folder of session.mailbox.folders()) {
    if (!wanted.test(folder.name) || (selection !== undefined && folder.specialUse === null))
      continue;
    const use = folder.specialUse === null ? '' : ` ${folder.specialUse}`;
    session.send(`* ${name} (\\HasNoChildren${use}) "/" ${folder.name}`);
  }
  return ok('done');
}

function toPattern(text: string): RegExp {
  const escaped = text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  const source = escaped.replace(/\*/g, '.*').replace(/%/g, '[^/]*');
  return new RegExp(`^${source}$`, /^inbox$/i.test(text) ? 'i' : '');
}

function status(session: Session, args: Args): Answer {
  args.space();
  const folder = session.mailbox.find(args.astring());
  args.space();
  const items = args.list(() => args.atom().toUpperCase());
  args.end();
  const values = items.map((item) => `${item} ${statusValue(folder, item)}`);
  if (items.length === 0) throw new BadCommand('nothing asked for');
  if (folder === undefined) return no('[NONEXISTENT] no such folder');
  session.send(`* STATUS ${folder.name} (${values.join(' ')})`);
  return ok('done');
}

function statusValue(folder: Folder | undefined, item: string): number {
  switch (item) {
    case 'MESSAGES':
      return folder?.messages.size ?? 0;
    case 'RECENT':
      return 0;
    case 'UIDNEXT':
      return folder?.uidNext ?? 0;
    case 'UIDVALIDITY':
      return folder?.uidValidity ?? 0;
    case 'UNSEEN':
      return [...(folder?.messages.values() ?? [])].filter(({ flags }) => !flags.has('\\Seen'))
        .length;
    default:
      throw new BadCommand(`unknown status item ${item}`);
  }
}

function select(session: Session, args: Args, readOnly: boolean): Answer {
  args.space();
  const name = args.astring();
  args.end();
  // a failed SELECT leaves nothing selected (RFC 3501 section 6.3.1)
  session.view = undefined;
  session.state = 'authenticated';
  const folder = session.mailbox.find(name);
  if (folder === undefined) return no('[NONEXISTENT] no such folder');
  const view = createView(session.mailbox, folder.name, readOnly);
  session.view = view;
  session.state = 'selected';
  const unseen = view.entries().find(({ message }) => !message.flags.has('\\Seen'));
  session.send(`* ${view.entries().length} EXISTS`);
  session.send('* 0 RECENT');
  session.send(`* FLAGS (${FLAGS})`);
  session.send(`* OK [PERMANENTFLAGS (${readOnly ? '' : FLAGS})] flags`);
  if (unseen !== undefined) session.send(`* OK [UNSEEN ${unseen.number}] first`);
  session.send(`* OK [UIDVALIDITY ${folder.uidValidity}] valid`);
  session.send(`* OK [UIDNEXT ${folder.uidNext}] next`);
  return ok(`[READ-${readOnly ? 'ONLY' : 'WRITE'}] selected`);
}

/** RFC 2177. */
async function idle(session: Session, args: Args): Promise<Answer> {
  args.end();
  const over = new AbortController();
  const tell = async (): Promise<void> => {
    await session.holdBack(over.signal);
    if (over.signal.aborted) return;
    for (const line of session.view?.news({ expunges: true }) ?? []) session.send(line);
  };
  const { view } = session;
  const stop = session.mailbox.onChange((name) => {
    if (name === view?.name) void tell();
  });
  session.send('+ idling');
  for (const line of view?.news({ expunges: true }) ?? []) session.send(line);
  const line = await session.nextLine();
  over.abort();
  stop();
  if (line?.toUpperCase() !== 'DONE') throw new BadCommand('expected DONE');
  return ok('done');
}

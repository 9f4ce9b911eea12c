import { timingSafeEqual } from 'node:crypto';
import type { Args } from './args.ts';
import type { Mailbox } from './store.ts';
import type { View } from './view.ts';

/** Who may log in. */
export interface Account {
  readonly user: string;
  readonly password: string;
}

/** One connection, as the commands see it (RFC 3501 section 3). */
export interface Session {
  readonly mailbox: Mailbox;
  readonly account: Account;
  state: 'greeted' | 'authenticated' | 'selected' | 'over';
  /** The selected folder. */
  view: View | undefined;
  /** Sends a line; CRLF is added. */
  send(line: string | Buffer): void;
  /** The next line that is no command: what follows a `+`. Undefined when the connection ended. */
  nextLine(): Promise<string | undefined>;
  /** Waits as long as IDLE holds news back, or until `signal` aborts. */
  holdBack(signal: AbortSignal): Promise<void>;
}

/** The tagged answer to a command. BAD is thrown instead. */
export interface Answer {
  readonly result: 'OK' | 'NO';
  readonly text: string;
}

export interface Command {
  /** In which states it is allowed. */
  readonly states: readonly Session['state'][];
  readonly run: (session: Session, args: Args) => Answer | Promise<Answer>;
  /** Whether untagged EXPUNGE may follow (RFC 3501 section 7.4.1). */
  readonly keepsNumbers?: boolean;
}

export const ok = (text: string): Answer => ({ result: 'OK', text });
export const no = (text: string): Answer => ({ result: 'NO', text });

export const ANY = ['greeted', 'authenticated', 'selected'] as const;
export const LOGGED_IN = ['authenticated', 'selected'] as const;

export function isAccount(account: Account, user: string, password: string): boolean {
  const [one, two] = [Buffer.from(password, 'latin1'), Buffer.from(account.password, 'latin1')];
  return user === account.user && one.length === two.length && timingSafeEqual(one, two);
}

import type { Clock } from '../../base/clock.ts';
import { isLoopback } from '../../base/server-url.ts';
import { MonitorError } from '../../base/errors.ts';
import {
  clockFact,
  inboxFact,
  loginFact,
  misfiledFact,
  NOT_COUNTED,
  readFact,
  tidyFact,
  type Rights,
} from '../facts.ts';
import type { ObserverFacts, ObserverReport } from '../observer.ts';
import type { ImapConfig } from './config.ts';
import { closeLine, serverName, type Line } from './connection.ts';
import { explain } from './failure.ts';
import { listFolders, planArchive, planFolders, type FolderPlan, type Listed } from './folders.ts';
import { openToChange } from './reading.ts';
import { lackingToMark, readRights, rightsToTidy, unreadable } from './rights.ts';
import type { Session } from './session.ts';
import { findArchive, requireExactness } from './tidy.ts';

/** Logs in on a connection of its own and says what it found there. @throws MonitorError */
export async function checkMailbox(
  config: ImapConfig,
  tools: { readonly session: Pick<Session, 'openApart'>; readonly clock: Clock },
  signal: AbortSignal,
): Promise<ObserverReport> {
  const { session, clock } = tools;
  const line = await session.openApart(signal);
  const drop = (): void => line.drop();
  signal.addEventListener('abort', drop, { once: true });
  try {
    const listed = await listFolders(line);
    const plan = planFolders(listed, config.folders);
    const folders = await describeFolders(line, plan);
    const { capabilities, tls } = line.client;
    const secured = tls === undefined || tls === false ? 'in the clear' : tls.version;
    const { manner } = config.tidy;
    if (manner !== 'keep') requireExactness(line, manner);
    if (manner === 'close') await findArchive(line, config);
    const idle = capabilities.has('IDLE') ? 'with IDLE' : 'without IDLE';
    const told = await toldRights(config, { line, plan, listed });
    const rights = await rightsOf(config, { line, plan, told: told?.rights });
    const { unread = [], unmarkable = '' } = told ?? {};
    const found = { line, plan, rights, unread, unmarkable };
    return {
      summary: `${serverName(config)} (${secured}, ${idle}): ${folders.join(', ')}`,
      warnings: warningsOf(config, found),
      facts: factsOf(config, found),
    };
  } catch (error) {
    throw explain(error, line.context);
  } finally {
    signal.removeEventListener('abort', drop);
    await closeLine(line, clock);
  }
}

interface Found {
  readonly line: Line;
  readonly plan: FolderPlan;
  readonly rights: Rights;
  /** Watched folders that may not be read. */
  readonly unread: readonly string[];
  /** Rights that a marker in the first folder would need, as letters. */
  readonly unmarkable: string;
}

function factsOf(config: ImapConfig, { line, plan, rights, unread }: Found): ObserverFacts {
  const { capabilities, tls } = line.client;
  const { user = '', oauth2 } = config;
  const secured = tls === undefined || tls === false ? 'in the clear' : tls.version;
  const how = oauth2 === undefined ? 'password' : 'OAuth 2.0 (XOAUTH2)';
  const spots = plan.folders.map(({ path, place }) => ({ name: path, place }));
  const news = capabilities.has('IDLE') ? 'new mail is pushed (IDLE)' : 'no IDLE';
  const count = spots.length === 1 ? '1 folder' : `${spots.length} folders`;
  return {
    login: loginFact(user, `as ${user} at ${serverName(config)}, by ${how}, ${secured}`),
    read:
      unread.length === 0
        ? readFact(`${count}, opened to read only; ${news}`)
        : readFact(`by ACL, may not be read: ${unread.join(', ')}`, 'warn'),
    tidy: tidyFact(config.tidy, rights),
    inbox: inboxFact(spots, 'no folder is watched as inbox'),
    misfiled: misfiledFact(spots, { state: 'warn', why: 'no Junk folder is watched' }),
    clock: clockFact(undefined, 'IMAP has no question for the time; looks alone decide'),
    rate: NOT_COUNTED,
  };
}

type Told = Pick<Found, 'rights' | 'unread' | 'unmarkable'>;

/** What the server's ACLs say; undefined where it has none. */
async function toldRights(
  config: ImapConfig,
  { line, plan, listed }: Pick<Found, 'line' | 'plan'> & { readonly listed: readonly Listed[] },
): Promise<Told | undefined> {
  const { folders } = plan;
  const archive = archiveIn(listed, config);
  const paths = [...folders.map(({ path }) => path), ...(archive === undefined ? [] : [archive])];
  const rights = await readRights(line, listed, paths);
  if (rights === undefined) return undefined;
  return {
    unread: unreadable(rights, folders),
    unmarkable: lackingToMark(rights, folders[0].path),
    rights: rightsToTidy(rights, { folders, archive }),
  };
}

function archiveIn(listed: readonly Listed[], { archive }: ImapConfig): string | undefined {
  try {
    return planArchive(listed, archive);
  } catch (error) {
    if (!(error instanceof MonitorError)) throw error;
    return undefined;
  }
}

/**
 * By what the server can do and what its ACLs say; and only where something is to be tidied is the first folder opened to
 * change (which changes nothing yet).
 */
async function rightsOf(
  config: ImapConfig,
  { line, plan, told }: Pick<Found, 'line' | 'plan'> & { readonly told: Rights | undefined },
): Promise<Rights> {
  const { capabilities } = line.client;
  const canDelete = capabilities.has('UIDPLUS');
  const canClose = canDelete || capabilities.has('MOVE');
  const may = {
    close: canClose && (told?.close ?? null),
    delete: canDelete && (told?.delete ?? null),
  };
  const withoutUidPlus = 'the server has no UIDPLUS, without which none is deleted';
  const { manner } = config.tidy;
  if (manner === 'keep') {
    const unasked = told?.why ?? 'what it may is asked for where something is to be tidied';
    return { ...may, why: canDelete ? unasked : withoutUidPlus };
  }
  if (told?.[manner] === false) return { ...may, why: told.why };
  const { path } = plan.folders[0];
  try {
    await openToChange(line, path);
    const archive = line.archive === undefined ? '' : `, closed mail goes to ${line.archive}`;
    const why = told?.why ?? `${path} may be changed`;
    const opened = { close: canClose, delete: canDelete };
    return { ...(told === undefined ? opened : may), why: `${why}${archive}` };
  } catch (error) {
    if (!(error instanceof MonitorError) || error.reason !== 'refused') throw error;
    return { close: false, delete: false, why: `${path} may only be read` };
  }
}

async function describeFolders(line: Line, plan: FolderPlan): Promise<readonly string[]> {
  const described: string[] = [];
  for (const { path, place } of plan.folders) {
    const status = await line.client.status(path, { messages: true });
    const count = status === false ? '?' : (status.messages ?? '?');
    described.push(`${path} = ${place} (${count} mails)`);
  }
  return described;
}

function warningsOf(config: ImapConfig, found: Found): readonly string[] {
  const { line, plan, rights, unread, unmarkable } = found;
  const warnings: string[] = [];
  const places = new Set(plan.folders.map((folder) => folder.place));
  if (!places.has('spam'))
    warnings.push('no Junk folder is watched: a canary filtered as spam would count as overdue');
  if (!places.has('inbox')) warnings.push('no folder is watched as inbox');
  for (const path of plan.guessed)
    warnings.push(
      `"${path}" is taken for what its name says; the server marks no special-use folder`,
    );
  if (config.tidy.manner !== 'keep' && rights[config.tidy.manner] === false)
    warnings.push(
      `tidy: ${config.tidy.manner} needs the right to change the folders: ${rights.why}`,
    );
  if (config.control?.manner === 'append' && unmarkable !== '')
    warnings.push(`positive_control: append lacks ${plan.folders[0].path} ${unmarkable}, by ACL`);
  if (unread.length > 0)
    warnings.push(`looks will fail: the login may not read ${unread.join(', ')}`);
  if (config.tls === 'none' && !isLoopback(config.server.host))
    warnings.push('the line is not encrypted, the password included');
  if (!line.client.capabilities.has('IDLE'))
    warnings.push('the server has no IDLE: new mail is noticed by asking only');
  return warnings;
}

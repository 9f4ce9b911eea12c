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
import { listFolders, planFolders, type FolderPlan } from './folders.ts';
import { openToChange } from './reading.ts';
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
    const plan = planFolders(await listFolders(line), config.folders);
    const folders = await describeFolders(line, plan);
    const { capabilities, tls } = line.client;
    const secured = tls === undefined || tls === false ? 'in the clear' : tls.version;
    const { manner } = config.tidy;
    if (manner !== 'keep') requireExactness(line, manner);
    if (manner === 'close') await findArchive(line, config);
    const idle = capabilities.has('IDLE') ? 'with IDLE' : 'without IDLE';
    const rights = await rightsOf(config, line, plan);
    return {
      summary: `${serverName(config)} (${secured}, ${idle}): ${folders.join(', ')}`,
      warnings: warningsOf(config, { line, plan, rights }),
      facts: factsOf(config, { line, plan, rights }),
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
}

function factsOf(config: ImapConfig, { line, plan, rights }: Found): ObserverFacts {
  const { capabilities, tls } = line.client;
  const { user = '', oauth2 } = config;
  const secured = tls === undefined || tls === false ? 'in the clear' : tls.version;
  const how = oauth2 === undefined ? 'password' : 'OAuth 2.0 (XOAUTH2)';
  const spots = plan.folders.map(({ path, place }) => ({ name: path, place }));
  const news = capabilities.has('IDLE') ? 'new mail is pushed (IDLE)' : 'no IDLE';
  const count = spots.length === 1 ? '1 folder' : `${spots.length} folders`;
  return {
    login: loginFact(user, `as ${user} at ${serverName(config)}, by ${how}, ${secured}`),
    read: readFact(`${count}, opened to read only; ${news}`),
    tidy: tidyFact(config.tidy, rights),
    inbox: inboxFact(spots, 'no folder is watched as inbox'),
    misfiled: misfiledFact(spots, { state: 'warn', why: 'no Junk folder is watched' }),
    clock: clockFact(undefined, 'IMAP has no question for the time; looks alone decide'),
    rate: NOT_COUNTED,
  };
}

/** Only where something is to be tidied is the first folder opened to change (which changes nothing yet). */
async function rightsOf(config: ImapConfig, line: Line, plan: FolderPlan): Promise<Rights> {
  const { capabilities } = line.client;
  const canDelete = capabilities.has('UIDPLUS');
  const canClose = canDelete || capabilities.has('MOVE');
  if (config.tidy.manner === 'keep') {
    const unasked = (can: boolean): boolean | null => (can ? null : false);
    const why = canDelete
      ? 'what it may is asked for where something is to be tidied'
      : 'the server has no UIDPLUS, without which none is deleted';
    return { close: unasked(canClose), delete: unasked(canDelete), why };
  }
  const { path } = plan.folders[0];
  try {
    await openToChange(line, path);
    const archive = line.archive === undefined ? '' : `, closed mail goes to ${line.archive}`;
    return { close: canClose, delete: canDelete, why: `${path} may be changed${archive}` };
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

function warningsOf(config: ImapConfig, { line, plan, rights }: Found): readonly string[] {
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
    warnings.push(`tidy: ${config.tidy.manner} needs the right to change the folders`);
  if (config.tls === 'none' && !isLoopback(config.server.host))
    warnings.push('the line is not encrypted, the password included');
  if (!line.client.capabilities.has('IDLE'))
    warnings.push('the server has no IDLE: new mail is noticed by asking only');
  return warnings;
}

import type { Clock } from '../../base/clock.ts';
import { isLoopback } from '../../base/server-url.ts';
import type { ObserverReport } from '../observer.ts';
import type { ImapConfig } from './config.ts';
import { closeLine, serverName, type Line } from './connection.ts';
import { explain } from './failure.ts';
import { listFolders, planFolders, type FolderPlan } from './folders.ts';
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
    return {
      summary: `${serverName(config)} (${secured}, ${idle}): ${folders.join(', ')}`,
      warnings: warningsOf(config, line, plan),
    };
  } catch (error) {
    throw explain(error, line.context);
  } finally {
    signal.removeEventListener('abort', drop);
    await closeLine(line, clock);
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

function warningsOf(config: ImapConfig, line: Line, plan: FolderPlan): readonly string[] {
  const warnings: string[] = [];
  const places = new Set(plan.folders.map((folder) => folder.place));
  if (!places.has('spam'))
    warnings.push('no Junk folder is watched: a canary filtered as spam would count as overdue');
  if (!places.has('inbox')) warnings.push('no folder is watched as inbox');
  for (const path of plan.guessed)
    warnings.push(
      `"${path}" is taken for what its name says; the server marks no special-use folder`,
    );
  if (config.tls === 'none' && !isLoopback(config.server.host))
    warnings.push('the line is not encrypted, the password included');
  if (!line.client.capabilities.has('IDLE'))
    warnings.push('the server has no IDLE: new mail is noticed by asking only');
  return warnings;
}

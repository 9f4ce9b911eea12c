import { constants, copyFile, link, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, MonitorError } from '../../base/errors.ts';
import type { Backup } from '../backup.ts';
import type { LedgerUrl } from '../url.ts';
import { connectReader, dialectOf } from './open-sql.ts';
import type { SqlConnection } from './dialect.ts';

/** Read and written by the owner alone. */
const OWN = 0o600;

/** See `backupLedger`. */
export async function backupSql(url: LedgerUrl, target: string): Promise<Backup> {
  const file = resolve(target);
  const { name, copyInto } = await dialectOf(url);
  if (copyInto === undefined) {
    const why = `${name} is copied by its own program, also while the monitor runs: pg_dump --format=custom`;
    throw refusal(file, why);
  }
  const source = await connectReader(url);
  try {
    if (await exists(file)) throw refusal(file, 'it exists already, and is not overwritten');
    return await guarded(file, source, () => copy({ db: source.db, copyInto }, file));
  } finally {
    await source.close();
  }
}

interface Source {
  readonly db: SqlConnection['db'];
  readonly copyInto: (db: SqlConnection['db'], file: string) => Promise<void>;
}

async function copy(source: Source, file: string): Promise<Backup> {
  // A folder of its own: in containers every process has the same number, and a crash leaves its copy behind.
  const folder = await mkdtemp(join(dirname(file), `.${basename(file)}-`));
  const partial = join(folder, 'copy');
  try {
    await (await open(partial, 'wx', OWN)).close();
    await source.copyInto(source.db, partial);
    await sync(partial);
    const facts = await readAgain(partial);
    await publish(partial, file);
    await sync(dirname(file));
    return { file, ...facts };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readAgain(partial: string): Promise<Omit<Backup, 'file'>> {
  const copied = await connectReader(`sqlite:${partial}`);
  try {
    const { db, dialect } = copied;
    const [damage] = await dialect.findDamage(db);
    if (damage !== undefined) throw new Error(`the copy is damaged: ${damage}`);
    const { canaries } = await db
      .selectFrom('canaries')
      .select((eb) => eb.fn.countAll<number>().as('canaries'))
      .executeTakeFirstOrThrow();
    const { value: position } = await db
      .selectFrom('counters')
      .select('value')
      .where('name', '=', 'position')
      .executeTakeFirstOrThrow();
    return { bytes: (await stat(partial)).size, canaries, position };
  } finally {
    await copied.close();
  }
}

/** A link never takes the place of a file that somebody made meanwhile, as a rename would. */
async function publish(partial: string, file: string): Promise<void> {
  try {
    await link(partial, file);
  } catch (error) {
    if (!NO_LINKS.includes(codeOf(error) ?? '')) throw error;
    await copyFile(partial, file, constants.COPYFILE_EXCL);
    await sync(file);
  }
}

/** Of file systems that have no links (FAT, some shares). */
const NO_LINKS: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function guarded<T>(
  file: string,
  { dialect }: SqlConnection,
  body: () => Promise<T>,
): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof MonitorError) throw error;
    throw refusal(file, wordsOf(error) ?? dialect.faultOf(error) ?? messageOf(error), error);
  }
}

function wordsOf(error: unknown): string | undefined {
  const code = codeOf(error);
  return code === undefined ? undefined : WORDS[code];
}

const WORDS: Readonly<Record<string, string>> = {
  EEXIST: 'it exists already, and is not overwritten',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder does not exist',
};

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function refusal(file: string, why: string, cause?: unknown): MonitorError {
  const message = `the backup ${file} cannot be written: ${why}`;
  return new MonitorError(message, { reason: 'ledger', retryable: false, cause });
}

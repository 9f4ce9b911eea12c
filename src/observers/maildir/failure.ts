import { MonitorError, messageOf, type Reason } from '../../base/errors.ts';

const REASONS: Readonly<Record<string, Reason>> = {
  EACCES: 'auth',
  EPERM: 'auth',
  ENOENT: 'config',
  ENOTDIR: 'config',
  ELOOP: 'config',
};
const LEADS: Readonly<Partial<Record<Reason, string>>> = {
  auth: 'we may not do this: ',
  config: 'is not there: ',
};

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What the file system refused, as an error that an operator can act on. Bugs come back as they are. */
export function explain(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (error instanceof MonitorError || code === '') return error;
  const reason = REASONS[code] ?? 'unreachable';
  return new MonitorError(`${path}: ${LEADS[reason] ?? ''}${messageOf(error)}`, {
    reason,
    // rights and folders are mended without us, and are looked at again anyway
    retryable: reason === 'unreachable',
  });
}

export function stopped(path: string): MonitorError {
  return new MonitorError(`${path} was not read to the end`, {
    reason: 'aborted',
    retryable: true,
  });
}

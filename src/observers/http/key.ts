import type { Secret } from '../../base/secret.ts';
import type { Authorization } from './courier.ts';

/** A key that somebody made once. Where it is in a file, that is read again when the key is refused. */
export function createKey(
  secret: Secret,
  shown: {
    /** In lower case; default: `authorization`. */
    readonly headerName?: string;
    /** Stands before the key, such as `Bearer `. */
    readonly prefix?: string;
  } = {},
): Authorization {
  const { headerName, prefix = '' } = shown;
  return {
    ...(headerName === undefined ? {} : { headerName }),
    header: () => Promise.resolve(`${prefix}${secret.reveal()}`),
    renew: () => secret.refresh(),
  };
}

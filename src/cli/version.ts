// Defined by the build (esbuild.config.js).
declare const MAILCANARY_VERSION: string | undefined;
declare const MAILCANARY_REVISION: string | undefined;

export const VERSION = typeof MAILCANARY_VERSION === 'string' ? MAILCANARY_VERSION : 'development';
/** The commit it was built from, shortened; `unknown` where the build had none. */
export const REVISION = typeof MAILCANARY_REVISION === 'string' ? MAILCANARY_REVISION : 'unknown';

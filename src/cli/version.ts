/** Put in by the build from package.json. */
declare const MAILCANARY_VERSION: string | undefined;

export const VERSION = typeof MAILCANARY_VERSION === 'string' ? MAILCANARY_VERSION : 'development';

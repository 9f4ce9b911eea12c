import { Secret } from './secret.ts';

/** A mail server as a URL names it: `imaps://user:password@host:port`. */
export interface ServerUrl {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; else the line starts in the clear. */
  readonly implicitTls: boolean;
  readonly user: string | undefined;
  readonly password: Secret | undefined;
}

/** Scheme (without colon) to its default port and whether TLS is implicit. */
export type Schemes = Readonly<
  Record<string, { readonly port: number; readonly implicitTls: boolean }>
>;

export const SMTP_SCHEMES: Schemes = {
  smtp: { port: 587, implicitTls: false },
  smtps: { port: 465, implicitTls: true },
};

export const IMAP_SCHEMES: Schemes = {
  imap: { port: 143, implicitTls: false },
  imaps: { port: 993, implicitTls: true },
};

/** @throws Error whose message is a sentence for the person who wrote the URL; it never repeats the password. */
export function parseServerUrl(text: string, schemes: Schemes): ServerUrl {
  const names = Object.keys(schemes)
    .map((name) => `${name}://`)
    .join(' or ');
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new Error(`is not a URL; write ${names}host:port`);
  }
  const scheme = schemes[url.protocol.slice(0, -1)];
  if (scheme === undefined) throw new Error(`has the scheme ${url.protocol}//; write ${names}`);
  if (url.hostname === '') throw new Error('names no host');
  if (!/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '') {
    throw new Error('has something behind host and port');
  }
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? scheme.port : Number(url.port),
    implicitTls: scheme.implicitTls,
    user: url.username === '' ? undefined : decodeURIComponent(url.username),
    password: url.password === '' ? undefined : new Secret(decodeURIComponent(url.password)),
  };
}

/** Whether a host is this machine itself, where a line in the clear is nobody's business. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

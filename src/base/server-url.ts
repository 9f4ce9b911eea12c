import { domainToASCII } from 'node:url';
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

/** How the schemes' URLs begin, for a sentence: `smtp:// or smtps://`. */
export function schemeNames(schemes: Schemes): string {
  return Object.keys(schemes)
    .map((name) => `${name}://`)
    .join(' or ');
}

/**
 * Parses user, password, host and port; user and password are percent-decoded.
 *
 * @throws Error whose message is a sentence for the person who wrote the URL; it repeats no part of it.
 */
export function parseServerUrl(text: string, schemes: Schemes): ServerUrl {
  const name = /^([a-z]+):\/\//i.exec(text)?.[1]?.toLowerCase() ?? '';
  const scheme = Object.hasOwn(schemes, name) ? schemes[name] : undefined;
  if (scheme === undefined) throw new Error(`must begin with ${schemeNames(schemes)}`);
  if (/[\s\p{Cc}]/u.test(text)) throw new Error('has white space in it');
  if (!URL.canParse(text)) throw new Error('has no readable host and port');
  const url = new URL(text);
  if (!/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '') {
    throw new Error('has something behind host and port');
  }
  if (url.port === '0') throw new Error('has the port 0');
  return {
    host: parseHost(url.hostname),
    port: url.port === '' ? scheme.port : Number(url.port),
    implicitTls: scheme.implicitTls,
    user: url.username === '' ? undefined : decodePart(url.username),
    password: url.password === '' ? undefined : new Secret(decodePart(url.password)),
  };
}

/**
 * A host as DNS and sockets take it: lower case, in ASCII, IPv6 without its brackets.
 *
 * @throws Error as {@link parseServerUrl} does.
 */
export function parseHost(text: string): string {
  if (text === '') throw new Error('names no host');
  if (text.startsWith('[')) return text.slice(1, -1); // IPv6, which URL has checked
  const plain = decodePart(text);
  // Only where it must: domainToASCII takes 6 ms to start with.
  const host = /\P{ASCII}/u.test(plain) ? domainToASCII(plain) : plain.toLowerCase();
  if (!/^[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_.])?$/.test(host) || host.includes('..')) {
    throw new Error('has no readable host and port');
  }
  return host;
}

/** A percent-encoded part of a URL. @throws Error as {@link parseServerUrl} does. */
export function decodePart(part: string): string {
  let plain: string;
  try {
    plain = decodeURIComponent(part);
  } catch {
    throw new Error('has a % that does not encode a character');
  }
  if (/\p{Cc}/u.test(plain)) throw new Error('has a control character in it');
  return plain;
}

const LOOPBACK_IPV4 = /^127(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

/** Whether a host is this machine itself, where a line in the clear is nobody's business. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || LOOPBACK_IPV4.test(host);
}

/** How a line is protected: from the first byte, by STARTTLS, or not at all. */
export type LineSecurity = 'implicit' | 'starttls' | 'none';

/** The protection of a server's line: what was asked for, else none on loopback and STARTTLS elsewhere. */
export function lineSecurity(
  server: ServerUrl,
  wish: 'starttls' | 'none' | undefined,
): LineSecurity {
  if (server.implicitTls) return 'implicit';
  return wish ?? (isLoopback(server.host) ? 'none' : 'starttls');
}

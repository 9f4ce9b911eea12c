import { isIP } from 'node:net';
import * as z from 'zod';
import { addFault, SecretText, type Fault } from '../base/schema.ts';
import type { HookSettings, ServerSettings } from '../server/settings.ts';

const LISTEN_HINT = 'write 127.0.0.1:9925, [::1]:9925 or 0.0.0.0:9925';
const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/;

/** `host:port`, IPv6 in brackets; port 0 is any free one. */
const Listen = z.string().transform((text, context): ServerSettings['listen'] => {
  const [, ipv6, name, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = (ipv6 ?? name ?? '').toLowerCase();
  const port = Number(digits);
  const fault = listenFault({ host, isBracketed: ipv6 !== undefined, port });
  if (fault === undefined) return { host, port };
  addFault(context, fault);
  return z.NEVER;
});

function listenFault(listen: {
  readonly host: string;
  readonly isBracketed: boolean;
  readonly port: number;
}): Fault | undefined {
  const { host, isBracketed, port } = listen;
  const hasHost = isBracketed ? isIP(host) === 6 : HOST_NAME.test(host);
  if (!hasHost || Number.isNaN(port)) {
    return { message: 'is not a host and a port', hint: LISTEN_HINT };
  }
  return port > 65_535 ? { message: 'has a port beyond 65535', hint: LISTEN_HINT } : undefined;
}

const SHORTEST_TOKEN = 16;

/** Whoever knows it can pause the monitor; it is guessed over the network, so it must be long. */
const AccessToken = SecretText.superRefine((token, context) => {
  const text = token.reveal();
  const hint = 'make one with: openssl rand -hex 24';
  if (text.length < SHORTEST_TOKEN) {
    addFault(context, { message: `must be at least ${SHORTEST_TOKEN} characters`, hint });
  } else if (!/^[\x21-\x7e]+$/.test(text)) {
    addFault(context, { message: 'must be one word of ASCII, since it travels in a header', hint });
  }
});

/** A name as browsers put it into the Host header, without a port. */
const HostName = z.string().transform((text, context): string => {
  const name = text.toLowerCase();
  if (HOST_NAME.test(name)) return name;
  const hint = 'write the name alone, such as canary.example.com';
  addFault(context, { message: 'is not the name of a host', hint });
  return z.NEVER;
});

const BASE_PATH = /^(?:\/[a-z0-9._~-]+)*\/?$/i;

/** Where webhooks come in: a socket that a helpdesk may reach, apart from the status page. */
const Hooks = z
  .strictObject({
    listen: Listen.prefault('127.0.0.1:9926'),
    base_path: z.string().regex(BASE_PATH, { error: 'is not a path' }).default('/'),
  })
  .transform(
    (value) =>
      ({
        listen: value.listen,
        basePath: value.base_path.replace(/\/$/, ''),
      }) satisfies HookSettings,
  );

/** Status page, metrics and API. */
export const ServerConfig = z
  .strictObject({
    listen: Listen.prefault('127.0.0.1:9925'),
    access_token: AccessToken.optional(),
    allowed_hosts: z.array(HostName).default([]),
    hooks: Hooks.optional(),
  })
  .transform(
    (value) =>
      ({
        listen: value.listen,
        accessToken: value.access_token,
        allowedHosts: value.allowed_hosts,
        hooks: value.hooks,
      }) satisfies ServerSettings,
  );
export type ServerConfig = z.output<typeof ServerConfig>;

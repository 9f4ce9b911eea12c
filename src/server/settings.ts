import type { Secret } from '../base/secret.ts';
import type { ListenAddress } from './socket.ts';

/** What the `server:` section of the configuration says (config/server.ts). */
export interface ServerSettings {
  readonly listen: ListenAddress;
  /** Lets people in everywhere but at /healthz, /readyz and /metrics; without it nothing can be commanded. */
  readonly accessToken?: Secret | undefined;
  /** Names by which browsers may call us, besides loopback names, addresses and the listen host. */
  readonly allowedHosts: readonly string[];
  /** The socket for webhooks; without it none are taken. */
  readonly hooks?: HookSettings | undefined;
}

export interface HookSettings {
  readonly listen: ListenAddress;
  /** Stands before `/OBSERVER` in each path: empty, or `/` and a name, without a final slash. */
  readonly basePath: string;
}

import type { Secret } from '../base/secret.ts';

/** What the `server:` section of the configuration says (config/server.ts). */
export interface ServerSettings {
  readonly listen: {
    /** A name or an address; IPv6 without brackets. */
    readonly host: string;
    /** 0: any free one. */
    readonly port: number;
  };
  /** Lets people in everywhere but at /healthz, /readyz and /metrics; without it nothing can be commanded. */
  readonly accessToken?: Secret | undefined;
  /** Names by which browsers may call us, besides loopback names, addresses and the listen host. */
  readonly allowedHosts: readonly string[];
}

import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { HttpError } from './errors.ts';
import type { ServerSettings } from './settings.ts';

/**
 * Refuses names that are not ours. A page of another site could point its own
 * name at our address (DNS rebinding) and read everything with the visitor's
 * browser; its name then stands in Host. An address there cannot be rebound, so
 * addresses pass: Prometheus and kubelets call us by them.
 */
export function checkHost(config: ServerSettings): RequestHandler {
  const names = new Set(['localhost', config.listen.host, ...config.allowedHosts]);
  return (request, _response, next) => {
    const host = hostOf(request.headers.host);
    if (host === undefined || (isIP(host) === 0 && !names.has(host))) {
      throw new HttpError(
        421,
        'wrong-host',
        'this name is not known here: add it to server.allowed_hosts in mailcanary.yaml',
      );
    }
    next();
  };
}

/** The host of a Host header (RFC 9110 section 7.2), in lower case, without port, brackets and final dot. */
function hostOf(header: string | undefined): string | undefined {
  const [, ipv6, name] =
    /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::\d{1,5})?$/i.exec(header ?? '') ?? [];
  return (ipv6 ?? name)?.toLowerCase().replace(/\.$/, '');
}

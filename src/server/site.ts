import express, { type Express, type RequestHandler, type Router } from 'express';
import helmet from 'helmet';
import { logAccess } from './access-log.ts';
import { guardCommands, guardReading } from './auth.ts';
import { handleErrors, handleMissing } from './errors.ts';
import { checkHost } from './hosts.ts';
import type { LiveEvents } from './live-events.ts';
import type { ServerParts } from './parts.ts';
import { sendAsset } from './routes/assets.ts';
import { describeCanary, listCanaries } from './routes/canaries.ts';
import { showCanary } from './routes/canary.ts';
import { launchProbe, pauseProbe, reload, resumeProbe } from './routes/commands.ts';
import { streamEvents } from './routes/events.ts';
import { showHealth, showReadiness } from './routes/health.ts';
import { showMetrics } from './routes/metrics.ts';
import { listObservers } from './routes/observers.ts';
import { listProbes } from './routes/probes.ts';
import { showStatus } from './routes/status.ts';

const BODY_LIMIT = '4kb';

/** All routes, and what stands before them. Express trusts no proxy: nothing here depends on who asks. */
export function createSite(parts: ServerParts, live: LiveEvents): Express {
  const site = express();
  site.disable('x-powered-by');
  site.set('query parser', 'simple');
  site.use(handleErrors(createRoutes(parts, live), parts.logger));
  return site;
}

function createRoutes(parts: ServerParts, live: LiveEvents): Router {
  const routes = express.Router({ caseSensitive: true });
  routes.use(logAccess(parts.logger), protect(), checkHost(parts.config), neverStore);
  routes.get('/healthz', showHealth);
  routes.get('/readyz', showReadiness(parts));
  routes.get('/metrics', showMetrics(parts));
  addCommands(routes, parts);
  addPages(routes, parts, live);
  routes.use(handleMissing);
  return routes;
}

function addCommands(routes: Router, parts: ServerParts): void {
  const { accessToken } = parts.config;
  // Any type of body is read as JSON: there is no second parser for a foreign form to reach.
  const readBody = express.json({ limit: BODY_LIMIT, type: () => true });
  const before = [guardCommands(accessToken), guardReading(accessToken), readBody];
  routes.post('/api/v1/probes/:name/launch', ...before, launchProbe(parts));
  routes.post('/api/v1/probes/:name/pause', ...before, pauseProbe(parts));
  routes.post('/api/v1/probes/:name/resume', ...before, resumeProbe(parts));
  routes.post('/-/reload', ...before, reload(parts));
}

function addPages(routes: Router, parts: ServerParts, live: LiveEvents): void {
  routes.use(guardReading(parts.config.accessToken));
  routes.get('/', showStatus(parts));
  routes.get('/canary/:id', showCanary(parts));
  routes.get('/assets/:name', sendAsset);
  routes.get('/api/v1/probes', listProbes(parts));
  routes.get('/api/v1/observers', listObservers(parts));
  routes.get('/api/v1/canaries', listCanaries(parts));
  routes.get('/api/v1/canaries/:id', describeCanary(parts));
  routes.get('/api/v1/events', streamEvents(live));
}

/** No inline script or style, nothing from elsewhere, in nobody's frame. */
function protect(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false, // they would send browsers to https, which is the proxy's business
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: false, // as above
    xFrameOptions: { action: 'deny' },
  });
}

const neverStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

import type { Instant } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import { Secret } from '../../src/base/secret.ts';
import type { Launch } from '../../src/domain/canary.ts';
import type { Kind, Policy, Route } from '../../src/domain/probe.ts';
import { createToken, type TokenKeys } from '../../src/domain/token.ts';
import { createFakeRandom } from './fake-random.ts';

export const TEST_KEYS: TokenKeys = [new Secret('a key for tests, of good length')];

export const TEST_ROUTE: Route = {
  probe: 'support',
  role: 'target',
  sender: 'relay',
  observer: 'helpdesk',
  vantage: 'default',
  path: '',
  shape: 'automatic',
};

/** The defaults of the configuration. */
export const TEST_POLICY: Policy = {
  suspectAfterMs: 180_000,
  lateAfterMs: 600_000,
  lostAfterMs: 6 * 3_600_000,
  forgetAfterMs: 72 * 3_600_000,
};

export interface TestLaunchOptions {
  readonly launchedAt?: Instant;
  readonly kind?: Kind;
  readonly route?: Partial<Route>;
  readonly policy?: Partial<Policy>;
  readonly sequence?: number;
  readonly random?: Random;
}

/** A launch with a real token, and defaults for whatever the test does not care about. */
export function testLaunch(options: TestLaunchOptions = {}): Launch {
  const { kind = 'scheduled', launchedAt = Date.UTC(2026, 0, 5, 9, 0, 0) } = options;
  const route = { ...TEST_ROUTE, ...options.route };
  const random = options.random ?? createFakeRandom(1 + (options.sequence ?? 0));
  const { id, token } = createToken({ kind, launchedAt, route, keys: TEST_KEYS, random });
  return {
    id,
    token,
    sequence: options.sequence ?? 1,
    route,
    kind,
    policy: { ...TEST_POLICY, ...options.policy },
    scheduledAt: kind === 'scheduled' ? launchedAt : null,
    launchedAt,
  };
}

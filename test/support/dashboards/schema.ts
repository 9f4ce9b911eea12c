import { fileURLToPath } from 'node:url';
import { createGenerator } from 'ts-json-schema-generator';

/**
 * The JSON schema of a classic dashboard, out of Grafana's own TypeScript types in its SDK. The schema that Grafana publishes
 * (jsonschema/dashboard.jsonschema.json of grafana-foundation-sdk) is made from the same source, but is in no package.
 * Stricter than that one: nothing that has no name in the types is let through.
 */
export function makeSchema(): string {
  const fileAt = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const generator = createGenerator({
    path: fileAt('grafana-types.ts'),
    tsconfig: fileAt('../../../tsconfig.json'),
    skipTypeCheck: true,
    type: 'ClassicDashboard',
    // Several packages of the SDK have types of one name.
    expose: 'none',
    topRef: false,
    additionalProperties: false,
    sortProps: true,
  });
  return `${JSON.stringify(generator.createSchema('ClassicDashboard'))}\n`;
}

import { readFile, rm } from 'node:fs/promises';
import { build } from 'esbuild';

// One bundle with our dependencies inside: reading hundreds of small modules
// would take longer than all else that happens before the first SMTP byte.
// libsql stays outside, since it finds its native library beside itself.
const { version } = JSON.parse(await readFile('package.json', 'utf8'));
await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.20',
  external: ['libsql'],
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  sourcesContent: false,
  define: { MAILCANARY_VERSION: JSON.stringify(version) },
  // CommonJS dependencies ask for Node's own modules by require.
  banner: {
    js: "import { createRequire as createNodeRequire } from 'node:module'; const require = createNodeRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

import { readFileSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * iconv-lite's tables of East Asian encodings are half of the IMAP client's
 * code and hardly ever asked for: they stay in files of their own beside it.
 */
const tablesApart = {
  name: 'tables-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/tables\/.*\.json$/ }, async ({ path, resolveDir }) => {
      await mkdir('dist/tables', { recursive: true });
      await copyFile(join(resolveDir, path), join('dist', path));
      return { path, external: true };
    });
  },
};

// One bundle with our dependencies inside: reading hundreds of small modules
// would take longer than all else that happens before the first SMTP byte.
// libsql stays outside, since it finds its native library beside itself.
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
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
  plugins: [tablesApart],
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  define: { MAILCANARY_VERSION: JSON.stringify(version) },
  // CommonJS dependencies ask for Node's own modules by require.
  banner: {
    js: "import { createRequire as createNodeRequire } from 'node:module'; const require = createNodeRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * iconv-lite's tables of East Asian encodings are half of the IMAP client's
 * code and hardly ever asked for: they stay in files of their own, which lie
 * beside the program and `folder` names from the bundle.
 */
const tablesApart = (folder) => ({
  name: 'tables-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/tables\/.*\.json$/ }, async ({ path, resolveDir }) => {
      await mkdir('dist/tables', { recursive: true });
      await copyFile(join(resolveDir, path), join('dist', path));
      return { path: `${folder}${path.slice(1)}`, external: true };
    });
  },
});

/** Builds one such table at import, to recognise a decoder that we never ask for. */
const tableOnDemand = {
  name: 'table-on-demand',
  setup({ onLoad }) {
    onLoad({ filter: /libmime\/dist\/[a-z]+\/charset\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const eager = /const DBCS_DECODER = (.*);/;
      if (!eager.test(source)) throw new Error('libmime: no DBCS_DECODER; take this plugin out?');
      const contents = source
        .replace(eager, 'let dbcsDecoder; const decoderOfDbcs = () => (dbcsDecoder ??= $1);')
        .replaceAll('DBCS_DECODER', 'decoderOfDbcs()');
      return { contents, loader: 'js' };
    });
  },
};

/** Packages that `probe` does not use: in files of their own it need not read them. */
const APART = [
  '@jmespath-community/jmespath',
  'express',
  'helmet',
  'mysql2',
  'node-cron',
  'pg',
  'pino-http',
  'prom-client',
  'yaml',
];
const librariesApart = {
  name: 'libraries-apart',
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^(${APART.join('|')})$`) }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: `./libraries/${path}.cjs`, external: true },
    );
  },
};

/**
 * Parts that one command uses, by the one module of each that the program loads: the sandbox (`demo`), the simulation, Grafana's
 * dashboards with half a megabyte of its SDK (`dashboards`).
 */
const PARTS = {
  sandbox: 'sandbox/stage',
  simulation: 'simulation/run',
  dashboards: 'generate/dashboards/render',
};
const partsApart = {
  name: 'parts-apart',
  setup({ onResolve }) {
    for (const [name, module] of Object.entries(PARTS)) {
      onResolve({ filter: new RegExp(`/${module}\\.ts$`) }, ({ kind }) =>
        kind === 'entry-point' ? undefined : { path: `./${name}.cjs`, external: true },
      );
    }
  },
};

/** Where there is no repository (the build of the image) it may be told. */
function revision() {
  const told = process.env['REVISION'];
  if (told !== undefined && told !== '') return told;
  const git = spawnSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' });
  return git.status === 0 ? git.stdout.trim() : 'unknown';
}

// CommonJS, since V8 can be given compiled code only for scripts. libsql stays
// outside: it finds its native library beside itself.
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const options = {
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20.20',
  external: ['libsql'],
  minify: true,
  charset: 'ascii',
  legalComments: 'linked',
  sourcemap: true,
  sourcesContent: false,
  // `import()` of what is bundled or required.
  supported: { 'dynamic-import': false },
  // node-cron asks where it lies.
  define: {
    MAILCANARY_VERSION: JSON.stringify(version),
    MAILCANARY_REVISION: JSON.stringify(revision()),
    'import.meta.url': 'importMetaUrl',
  },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
};
await rm('dist', { recursive: true, force: true });
// The sandbox looks for its scenarios beside the module that reads them.
await cp('src/sandbox/scenarios', 'dist/scenarios', { recursive: true });
await build({
  ...options,
  entryPoints: { program: 'src/main.ts' },
  plugins: [tablesApart('.'), tableOnDemand, librariesApart, partsApart],
});
for (const [name, module] of Object.entries(PARTS)) {
  await build({
    ...options,
    entryPoints: { [name]: `src/${module}.ts` },
    plugins: [librariesApart],
  });
}
for (const name of APART) {
  // As `require` finds it: a module of ES would hand its default export over as a key.
  const contents = `module.exports = require('${name}');`;
  await build({
    ...options,
    stdin: { contents, resolveDir: '.' },
    outdir: undefined,
    outfile: `dist/libraries/${name}.cjs`,
    // Of mysql2 too, which asks for them as hardly ever.
    plugins: [tablesApart('..')],
  });
}
await build({
  ...options,
  entryPoints: { main: 'src/launcher.ts' },
  banner: { js: '#!/usr/bin/env node' },
});
await chmod('dist/main.cjs', 0o755);
// What it says of servers that are not there is of no interest.
spawnSync(process.execPath, ['warm-up.config.js'], { stdio: 'ignore', timeout: 30_000 });
if (statSync('dist/program.cache').size === 0) throw new Error('no code cache was made');

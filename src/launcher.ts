import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';

// dist/main.cjs: built as CommonJS, so that V8 can be given compiled code.
const filename = join(__dirname, 'program.cjs');
const load = createRequire(filename);

/** The compiled bundle as V8 wrote it at the build (warm-up.config.js); undefined where there is none. */
function codeCache(): Buffer | undefined {
  try {
    return readFileSync(join(__dirname, 'program.cache'));
  } catch {
    return undefined;
  }
}

/**
 * Runs the bundle with what V8 compiled at the build: a quarter less time to the
 * first SMTP byte. V8 takes that only where its version and flags are the same,
 * and compiles the source otherwise (nodejs.org/api/vm.html, `cachedData`).
 */
function launch(cachedData: Buffer): void {
  // The bundle is ASCII (`charset` in esbuild.config.js); read so, it need not be decoded.
  const source = readFileSync(filename, 'latin1');
  const wrapped = `(function (require, module, exports, __filename) {\n${source}\n})`;
  const script = new Script(wrapped, { filename, lineOffset: -1, cachedData });
  const program: unknown = script.runInThisContext();
  if (typeof program !== 'function') throw new TypeError('the bundle is not a script');
  const module = { exports: {} };
  Reflect.apply(program, undefined, [load, module, module.exports, filename]);
}

const cachedData = codeCache();
// Node maps stack traces only of modules that it loads by itself.
if (cachedData === undefined || process.execArgv.includes('--enable-source-maps')) load(filename);
else launch(cachedData);

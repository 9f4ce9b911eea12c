// Writes dist/program.cache: what V8 compiles in a probe that finds nobody at
// the other end. Run by esbuild.config.js; loads the bundle by way of the launcher.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import vm from 'node:vm';

const CACHE = 'dist/program.cache';
/** By then the probe has loaded all that it needs; port 1 refuses at once. */
const LONG_ENOUGH_MS = 2_000;

const scripts = [];
vm.Script = class extends vm.Script {
  constructor(...options) {
    super(...options);
    scripts.push(this);
  }
};
writeFileSync(CACHE, ''); // without one the launcher would not come by vm.Script
process.on('exit', () => writeFileSync(CACHE, scripts[0].createCachedData()));
process.env.MAILCANARY_IMAP_PASSWORD = 'any';
process.argv.push('probe', '--from', 'a@example.org', '--to', 'b@example.org');
process.argv.push('--smtp', 'smtp://127.0.0.1:1', '--imap', 'imap://a@127.0.0.1:1');
setTimeout(() => process.emit('SIGINT'), LONG_ENOUGH_MS).unref();
createRequire(import.meta.url)('./dist/main.cjs');

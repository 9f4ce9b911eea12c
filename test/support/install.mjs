// Provides the Debian packages that suites need. Run by itself:
//   node test/support/install.mjs              installs what is missing, where it may
//   node test/support/install.mjs --bench      installs the benchmark's peers
//   node test/support/install.mjs --have real  only answers: 0 = the suite can run, 3 = it cannot
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Each suite with the packages it needs. */
const SUITES = {
  real: [
    'postfix',
    'dovecot-imapd',
    'dovecot-lmtpd',
    'strace',
    'systemd',
    'openssl',
    'prometheus',
    'prometheus-alertmanager',
    'docker-compose',
    'iproute2',
    'nftables',
  ],
  postgres: ['postgresql'],
};

/** Other tools that the benchmark measures beside ours, where they are installed; nothing needs them. */
const BENCH_PEERS = ['monitoring-plugins-contrib', 'prometheus-mailexporter'];

const isCi = process.env.CI === 'true';
const isRoot = process.getuid?.() === 0;
const isDebian = existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');

/** Suites that anybody can run; Postfix runs as root only. */
const FOR_ALL = ['postgres'];

/** Whether everything is there for a suite: its packages, and root where it needs that. */
export function canRun(suite) {
  return (isRoot || FOR_ALL.includes(suite)) && findMissing(suite).length === 0;
}

/** Installs what is missing where that may be done, and says what is not done. Gives whether all suites can run. */
export function provide() {
  const missing = Object.keys(SUITES).flatMap(findMissing);
  if (missing.length > 0 && mayInstall()) install(missing);
  const skipped = Object.keys(SUITES).filter((suite) => !canRun(suite));
  if (skipped.length > 0) shout(explain(skipped));
  else if (missing.length === 0) console.log('All packages for the tests are installed.');
  return skipped.length === 0;
}

function findMissing(suite) {
  const installed = new Set(
    query('${Package} ${db:Status-Status}\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return SUITES[suite].filter((name) => !installed.has(name));
}

/** Installing Postfix removes another mail server: that is done only when asked for. */
function mayInstall() {
  if (!isDebian || !isRoot) return false;
  return isCi || process.env.MAILCANARY_TEST_INSTALL === '1' || !hasOtherMailServer();
}

function hasOtherMailServer() {
  return query('${db:Status-Status} ${Package} ${Provides}\n').some(
    (line) => /^installed (?!postfix )/.test(line) && line.includes('mail-transport-agent'),
  );
}

function query(format) {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', format], { encoding: 'utf8' });
  return (stdout ?? '').split('\n');
}

function install(packages) {
  console.log(`Installing for the tests: ${packages.join(' ')}`);
  const input = 'postfix postfix/main_mailer_type select No configuration\n';
  spawnSync('debconf-set-selections', { input });
  // The lists may be missing or too old; fetching them takes long, so only then.
  const get = () => aptGet('install', '--no-install-recommends', ...packages);
  if (get()) return true;
  aptGet('update');
  return get();
}

function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status } = spawnSync('apt-get', ['-y', '-q', ...args], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0;
}

function explain(suites) {
  const missing = [...new Set(suites.flatMap(findMissing))];
  const lines = [`NOT RUN: the suites ${suites.join(', ')}`];
  if (!isRoot && suites.includes('real')) lines.push('real needs root: Postfix insists on it.');
  if (missing.length > 0) {
    lines.push(`Missing packages: ${missing.join(' ')}`);
    lines.push('Install them, on a machine whose mail server may be replaced:');
    lines.push(`  apt-get install --no-install-recommends ${missing.join(' ')}`);
    lines.push('or let the tests do it: MAILCANARY_TEST_INSTALL=1 npm test');
  }
  return lines;
}

/** Prints lines in a box that nobody overlooks. */
export function shout(lines) {
  const width = Math.max(...lines.map((line) => line.length));
  const edge = '#'.repeat(width + 4);
  const body = lines.map((line) => `# ${line.padEnd(width)} #`);
  console.log(['', edge, ...body, edge, ''].join('\n'));
}

function main([option, suite]) {
  if (option === '--have') return canRun(suite) ? 0 : 3;
  if (option === '--bench') return install(BENCH_PEERS) ? 0 : 1;
  return provide() || !isCi ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = main(process.argv.slice(2));
}

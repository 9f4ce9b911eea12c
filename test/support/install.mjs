// Provides the Debian packages that suites need. Run by itself:
//   node test/support/install.mjs              installs what is missing, where it may
//   node test/support/install.mjs --bench      installs the benchmark's peers
//   node test/support/install.mjs --have real  only answers: 0 = the suite can run, 3 = it cannot
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Each suite with the packages it needs. */
const SUITES = {
  real: [
    'postfix',
    'dovecot-imapd',
    'dovecot-lmtpd',
    'cyrus-caldav',
    'libsasl2-modules',
    'strace',
    'systemd',
    'openssl',
    'prometheus',
    'prometheus-alertmanager',
    'docker-compose',
    'postgresql',
    'mariadb-server',
    'iproute2',
    'nftables',
  ],
  rt: [
    ...['postfix', 'dovecot-imapd', 'dovecot-lmtpd', 'openssl', 'dbconfig-no-thanks'],
    ...['request-tracker5', 'rt5-db-sqlite', 'rt5-standalone', 'rt5-clients'],
  ],
  postgres: ['postgresql'],
};

/** What packages would ask, in the form of debconf-set-selections. */
const ANSWERS = [
  'postfix postfix/main_mailer_type select No configuration',
  'request-tracker5 request-tracker5/dbconfig-install boolean false',
  'request-tracker5 request-tracker5/handle-siteconfig-permissions boolean false',
  'request-tracker5 request-tracker5/install-cronjobs boolean false',
];

/**
 * Packages that cannot be installed beside another one that is needed (Cyrus' imapd excludes Dovecot's), with a file of
 * each: they are unpacked into a folder of ours, in the version of a package that they belong to.
 */
const UNPACKED = [{ name: 'cyrus-imapd', of: 'cyrus-common', file: 'usr/lib/cyrus/bin/imapd' }];
const UNPACKED_FOR = 'real';
/** test/support/rig/cyrus.ts finds them there. */
const UNPACKED_FOLDER = fileURLToPath(
  new URL('../../node_modules/.cache/packages', import.meta.url),
);

/** Other tools that the benchmark measures beside ours, where they are installed; nothing needs them. */
const BENCH_PEERS = [
  'monitoring-plugins-contrib',
  'libmail-imapclient-perl',
  'prometheus-mailexporter',
];

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
  const missing = SUITES[suite].filter((name) => !installed.has(name));
  return suite === UNPACKED_FOR ? [...missing, ...findPacked().map(({ name }) => name)] : missing;
}

function findPacked() {
  return UNPACKED.filter(({ file }) => !existsSync(join(UNPACKED_FOLDER, file)));
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

function install(wanted) {
  const packages = wanted.filter((name) => !UNPACKED.some((unpacked) => unpacked.name === name));
  if (packages.length > 0 && !installAll(packages)) return false;
  return packages.length < wanted.length ? findPacked().every(unpack) : true;
}

function unpack({ name, of }) {
  console.log(`Unpacking for the tests: ${name}`);
  mkdirSync(UNPACKED_FOLDER, { recursive: true });
  const options = { cwd: UNPACKED_FOLDER, encoding: 'utf8' };
  const { stdout: version } = spawnSync('dpkg-query', ['-W', '-f', '${Version}', of], options);
  const got = spawnSync('apt-get', ['-q', 'download', `${name}=${version}`], options);
  if (got.status !== 0) console.log(got.stderr);
  const script = `dpkg-deb -x ${name}_*.deb . && rm ${name}_*.deb`;
  return spawnSync('sh', ['-c', script], options).status === 0;
}

function installAll(packages) {
  console.log(`Installing for the tests: ${packages.join(' ')}`);
  spawnSync('debconf-set-selections', { input: `${ANSWERS.join('\n')}\n` });
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
  const packages = missing.filter((name) => !UNPACKED.some((unpacked) => unpacked.name === name));
  const lines = [`NOT RUN: the suites ${suites.join(', ')}`];
  const forRoot = suites.filter((suite) => !FOR_ALL.includes(suite));
  if (!isRoot && forRoot.length > 0) {
    lines.push(`Needs root, on which Postfix insists: ${forRoot.join(', ')}`);
  }
  if (missing.length > 0) {
    lines.push(`Missing packages: ${missing.join(' ')}`);
    lines.push('Install them, on a machine whose mail server may be replaced:');
    lines.push(`  apt-get install --no-install-recommends ${packages.join(' ')}`);
    if (packages.length < missing.length)
      lines.push('(the others exclude one of these; the tests unpack them into a folder)');
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

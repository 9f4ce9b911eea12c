// "npm test": everything, in the order in which a failure is cheapest to learn of.
// The last line is the sum of all suites. With MAILCANARY_TEST_REPORTS the reports
// stay in that folder, with a file "totals": passed, failed, skipped.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canRun, provide, shout } from './install.mjs';

const isCi = process.env.CI === 'true';
const NEXT_NODE = 24;
const totals = { passed: 0, failed: 0, skipped: 0 };
const temporary = mkdtempSync(join(tmpdir(), 'mailcanary-test-'));
chmodSync(temporary, 0o755); // tests that give up their rights still run the Node in it
const reports = process.env.MAILCANARY_TEST_REPORTS ?? temporary;

try {
  step('build', 'npm', ['run', '--silent', 'build']);
  if (!provide() && isCi) fail('packages for the tests are missing');
  step('lint', 'npm', ['run', '--silent', 'lint']);
  step('types', 'npm', ['run', '--silent', 'types']);
  runSuite('unit', process.execPath);
  runSuite('slow', process.execPath);
  runOnNextNode();
  if (canRun('postgres')) runSuite('postgres', process.execPath);
  else skip('postgres', ['test/postgres']);
  if (canRun('real')) runSuite('real', process.execPath);
  else skip('real', ['test/real', 'test/e2e']);
  if (canRun('rt')) runSuite('rt', process.execPath);
  else skip('rt', ['test/rt']);
  writeFileSync(join(reports, 'totals'), `${Object.values(totals).join(' ')}\n`);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
const { passed, failed, skipped } = totals;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** Runs a command that passes or fails as a whole. */
function step(name, command, args) {
  console.log(`\n== ${name}`);
  if (run(command, args) !== 0) fail(`${name} failed`);
}

/** A failure that no test report counts. */
function fail(message) {
  totals.failed += 1;
  shout([`FAILED: ${message}`]);
}

function run(command, args) {
  return spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status;
}

/** Runs one vitest project with the given Node and adds what its report counts. */
function runSuite(project, node) {
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim();
  console.log(`\n== ${project} on Node ${version}`);
  const report = join(reports, `${project}-${version}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', project];
  const status = run(node, [...vitest, ...reporters]);
  const counted = countTests(report);
  for (const key of Object.keys(totals)) totals[key] += counted[key];
  if (status !== 0 && counted.failed === 0)
    fail(`${project} on Node ${version} ended with ${status}`);
  if (counted.passed === 0) fail(`${project} on Node ${version} ran no test`);
}

function countTests(report) {
  let results;
  try {
    results = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
  // A file that cannot even be loaded has no test that could fail.
  const broken = results.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + broken.length,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

/** The unit tests once more on the Node after ours, which takes 200 MB and so is for CI. */
function runOnNextNode() {
  if (!isCi && process.env.MAILCANARY_TEST_NODE24 !== '1') {
    shout([
      `NOT RUN: the unit tests on Node ${NEXT_NODE}; ask for them: MAILCANARY_TEST_NODE24=1 npm test`,
    ]);
    return;
  }
  console.log(`\n== install Node ${NEXT_NODE}`);
  const name = `node-${process.platform}-${process.arch}`;
  const options = ['--no-save', '--no-audit', '--no-fund', '--prefix', temporary];
  if (run('npm', ['install', ...options, `${name}@${NEXT_NODE}`]) !== 0) {
    fail(`Node ${NEXT_NODE} cannot be installed`);
    return;
  }
  runSuite('unit', join(temporary, 'node_modules', name, 'bin', 'node'));
}

/** What does not run counts as skipped, by files: the tests in them are not known. */
function skip(suite, folders) {
  const files = folders
    .flatMap((folder) => readdirSync(folder, { recursive: true }))
    .filter((file) => file.endsWith('.test.ts'));
  totals.skipped += files.length;
  shout([`SKIPPED: ${files.length} test files of the suite ${suite}; see above why`]);
}

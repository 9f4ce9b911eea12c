import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { startProgram, type Program } from '../support/program.ts';

/** Temporary folders of these demos lie here, so that what is left behind shows. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mailcanary-demo-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function startDemo(...args: string[]): Program {
  const program = startProgram(['demo', ...args], { env: { TMPDIR: folder } });
  onTestFinished(() => program.kill('SIGKILL'));
  return program;
}

/** Takes the usual port for the length of a test, if nobody else has. */
async function takeUsualPort(): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.once('error', () => resolve()); // then it is taken already
    server.listen({ host: '127.0.0.1', port: 9_925 }, resolve);
  });
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
}

it('shows verdicts of both probes, ends by itself with a summary, and leaves nothing behind', async () => {
  const demo = startDemo('--for', '30s');

  await demo.whenSaid(/ {2}control {2}on time +\d/);
  await demo.whenSaid(/ {2}support {2}on time +\d/);
  const { stdout, stderr, exitCode } = await demo.ended;

  expect(stdout).toMatch(/status page +http:\/\/127\.0\.0\.1:\d+\/\n/);
  expect(stdout).toContain('break helpdesk');
  expect(stdout).toMatch(/Summary of 30/);
  expect(stdout).toMatch(/\n {2}control +\d+ +\d+ +0\b/);
  expect(stdout).toMatch(/\n {2}support +\d+ +\d+ +0\b/);
  expect(stdout).toContain('Nobody would have been woken.');
  expect(stdout).toMatch(/really did with \d+ mails to the helpdesk: 0 lost, 0 late\./);
  expect(stdout).not.toContain('\u001b');
  expect([stderr, exitCode]).toEqual(['', 0]);
  expect(readdirSync(folder)).toEqual([]);
});

it('serves the status page, on the next port where the usual one is taken', async () => {
  await takeUsualPort();
  const demo = startDemo();
  await demo.whenSaid(/support {2}on time/);
  const [, url = ''] = /status page +(\S+)/.exec(demo.said()) ?? [];

  const page = await (await fetch(url)).text();
  const metrics = await (await fetch(`${url}metrics`)).text();
  demo.kill('SIGINT');
  const { stdout, exitCode } = await demo.ended;

  expect(url).not.toContain(':9925/');
  expect(page).toContain('support');
  expect(metrics).toMatch(/mailcanary_verdicts_total\{[^}]*probe="support"[^}]*verdict="on_time"/);
  expect(stdout).toContain('port 9925 is taken');
  expect(stdout).toContain('Summary of');
  expect(exitCode).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
});

it('does what it is told: a broken helpdesk pages, the control stays well, and it recovers', async () => {
  const demo = startDemo();
  await demo.whenSaid(/support {2}on time/);

  demo.type('break helpdesk');
  await demo.whenSaid(/\* the helpdesk accepts mail and ingests nothing/);
  await demo.whenSaid(/support {2}PAGE +nothing gets through: \d+ waiting/);
  demo.type('recover');
  await demo.whenSaid(/support {2}well again/);
  demo.kill('SIGTERM');
  const { stdout, exitCode } = await demo.ended;

  expect(stdout).toMatch(/support {2}missing {2,}not there 20 s after it was accepted/);
  expect(stdout).toMatch(/support {2}came after all/);
  expect(stdout).toMatch(/\nsupport: page at \d:\d\d, until \d:\d\d: nothing gets through/);
  const ofControl = stdout.split('\n').filter((line) => /^ +\d:\d\d {2}control/.test(line));
  expect(ofControl.filter((line) => !line.includes('on time'))).toEqual([]);
  expect(exitCode).toBe(0);
}, 120_000);

it('plays an incident quickly, and says what was late and when it would have paged', async () => {
  const demo = startDemo('--incident', 'total-outage', '--speed', '120');

  const { stdout, exitCode } = await demo.ended;

  expect(stdout).toMatch(/0:15 h {2}\* nothing is ingested any more/);
  expect(stdout).toMatch(/1:00 h {2}\* the queue drains/);
  expect(stdout).toMatch(/Summary of 1 h 3\d min, 120 times as fast/);
  expect(stdout).toMatch(/\nsupport: page at 0:2\d h, until 1:\d\d h: nothing gets through/);
  const [, lost, late] = /helpdesk: (\d+) lost, (\d+) late/.exec(stdout) ?? [];
  expect(Number(lost)).toBe(0);
  expect(Number(late)).toBeGreaterThan(25);
  expect(stdout).not.toContain('control: page');
  expect(exitCode).toBe(0);
}, 120_000);

it('begins the incident of this project, and ends when it is told to', async () => {
  const demo = startDemo('--incident', 'helpscout-2015', '--speed', '360', '--for', '25s');

  const { stdout, exitCode } = await demo.ended;

  expect(stdout).toContain('helpscout-2015: One of eight inbound servers delays and loses mail');
  expect(stdout).toMatch(/Summary of 2 h \d+ min, 360 times as fast/);
  expect(stdout).toMatch(/\n {2}support +\d+/);
  expect(exitCode).toBe(0);
});

it.each([
  [
    ['--incident', 'nothing'],
    'there is no scenario "nothing"; there are: clock-step, duplicate-storm',
  ],
  [['--speed', '60'], '--speed is of an incident'],
  [['--incident', 'total-outage', '--speed', '0'], 'Write a number from 1 to 3600'],
  [['--for', 'soon'], 'Write a duration'],
])('says in a sentence what is wrong with %j', async (args, words) => {
  const { stderr, stdout, exitCode } = await startDemo(...args).ended;

  expect(stderr).toContain(words);
  expect([stdout, exitCode]).toEqual(['', 3]);
  expect(readdirSync(folder)).toEqual([]);
});

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  cp,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  execForm,
  inRoot,
  parseAllowList,
  parseDockerfile,
  runStage,
  type Stage,
} from '../support/dockerfile-run.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const UNIT = `${REPOSITORY}dashboards/systemd/mailcanary.service`;
const NOBODY = 65534;
/** A configuration as the unit and the image ask for it; nothing listens where it leads. */
const configFor = (data: string): string => `
token_keys_file: '\${CREDENTIALS_DIRECTORY}/token-keys'
ledger: { url: 'sqlite:${data}/mailcanary.db' }
senders:
  relay: { type: smtp, url: 'smtp://127.0.0.1:1', from: canary@example.com }
observers:
  mailbox: { type: imap, url: 'imap://canary@127.0.0.1:1', password: none }
probes:
  support: { sender: relay, to: support@example.com, observer: mailbox }
`;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command; secrets of the program are found in the folder that it runs in. */
function run(command: readonly string[], cwd: string): Promise<Ended> {
  const [file = '', ...args] = command;
  const env = { PATH: process.env['PATH'], NODE_ENV: 'production', CREDENTIALS_DIRECTORY: cwd };
  return new Promise((resolve, reject) => {
    execFile(file, args, { cwd, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(new Error(`${command.join(' ')} did not run to its end`, { cause: error }));
    });
  });
}

/** As a user without any rights, which only root can become. */
function unprivileged(command: readonly string[]): readonly string[] {
  if (process.getuid?.() !== 0) return command;
  const ids = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--no-new-privs'];
  return ['setpriv', ...ids, ...command];
}

describe('Dockerfile', () => {
  let folder: string;
  let root: string;
  let data: string;
  let config: string;
  let version: string;
  let stages: readonly Stage[];
  let allowed: readonly string[];
  let skipped: readonly { readonly command: string; readonly reason: string }[];

  /** The image's entry point with these arguments, in its working folder. */
  const mailcanary = (...args: readonly string[]): Promise<Ended> =>
    run(unprivileged([...entryPoint(), ...args]), data);
  const entryPoint = (): readonly string[] =>
    execForm(runtime().described['ENTRYPOINT']).map((word) => inRoot(word, root));
  const runtime = (): Stage => stages.at(-1)!;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mailcanary-image-'));
    await chmod(folder, 0o755);
    const manifest = await readFile(`${REPOSITORY}package.json`, 'utf8');
    ({ version } = JSON.parse(manifest) as { version: string });
    stages = parseDockerfile(await readFile(`${REPOSITORY}Dockerfile`, 'utf8'));
    allowed = parseAllowList(await readFile(`${REPOSITORY}.dockerignore`, 'utf8'));
    const context = join(folder, 'context');
    for (const name of allowed) {
      await cp(join(REPOSITORY, name), join(context, name), { recursive: true });
    }
    const skip = (line: string) => (line.startsWith('useradd ') ? 'makes a user' : undefined);
    const before: Record<string, string> = {};
    for (const stage of stages) {
      root = join(folder, stage.name ?? 'runtime');
      skipped = await runStage(stage, { context, root, before, skip });
      if (stage.name !== undefined) before[stage.name] = root;
    }
    // What the line that is left out does, for the user of this test.
    data = join(root, 'var/lib/mailcanary');
    if (process.getuid?.() === 0) await chown(data, NOBODY, NOBODY);
    await chmod(data, 0o750);
    const key = createHash('sha256').update('packaging').digest('base64');
    await writeFile(join(data, 'token-keys'), `${key}\n`);
    config = join(root, 'etc/mailcanary/mailcanary.yaml');
    await writeFile(config, configFor(data));
  }, 240_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('all but the creation of the user has been run', () => {
    expect(skipped.map(({ reason }) => reason)).toEqual(['makes a user']);
    expect(skipped[0]?.command).toContain('--uid 10001 ');
  });

  test('the context holds what is copied and nothing else', () => {
    const steps = stages.flatMap((stage) => stage.steps);
    const copied = steps.flatMap((step) =>
      step.kind === 'copy' && step.from === undefined ? step.sources : [],
    );

    expect([...allowed].sort()).toEqual(copied.sort());
  });

  test('the image describes itself', () => {
    const { described, steps, base } = runtime();

    expect(base).toBe('node:24-slim');
    expect(described).toMatchObject({
      ARG: `VERSION=${version}`,
      EXPOSE: '9925',
      VOLUME: '["/var/lib/mailcanary"]',
      CMD: '["run", "--config", "/etc/mailcanary/mailcanary.yaml"]',
    });
    expect(execForm(described['HEALTHCHECK']).slice(0, 2)).toEqual(['mailcanary', 'health']);
    expect(steps.filter(({ kind }) => kind === 'user' || kind === 'env')).toEqual([
      { kind: 'env', name: 'NODE_ENV', value: 'production' },
      { kind: 'user', user: '10001:10001' },
    ]);
  });

  test('it holds the bundle and the one dependency outside of it', async () => {
    const app = join(root, 'opt/mailcanary');
    const entries = await readdir(app, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const sizes = await Promise.all(
      files.map(({ parentPath, name }) => stat(join(parentPath, name))),
    );
    const megabytes = sizes.reduce((sum, { size }) => sum + size, 0) / 1e6;
    const inFolder = async (path: string): Promise<string> =>
      (await readdir(join(app, path))).sort().join(' ');

    expect(await inFolder('.')).toBe('LICENSE dist node_modules package.json');
    expect(await inFolder('node_modules')).toBe(
      '.package-lock.json @libsql @neon-rs detect-libc libsql',
    );
    expect(await inFolder('node_modules/@libsql')).toBe(`linux-${process.arch}-gnu`);
    expect(megabytes).toBeLessThan(26);
  });

  test('it runs for a user without rights', async () => {
    const said = await mailcanary('--version');
    const helped = await mailcanary('probe', '--help');
    const called = await run(unprivileged([`${root}/usr/local/bin/mailcanary`, '--version']), data);

    expect(said).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect(helped).toMatchObject({ code: 0, stderr: '' });
    expect(helped.stdout).toContain('Usage: mailcanary probe');
    expect(called).toEqual(said);
  });

  test('every library beside the bundle finds what it imports', async () => {
    const load = `
      const dist = ${JSON.stringify(`${root}/opt/mailcanary/dist`)};
      const parts = require('node:fs').readdirSync(dist + '/libraries').filter((file) => file.endsWith('.cjs'));
      for (const file of parts) require(dist + '/libraries/' + file);
      console.log(parts.length);
    `;

    const { code, stdout, stderr } = await run(unprivileged(['node', '--eval', load]), data);

    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(Number(stdout)).toBeGreaterThan(5);
  });

  test('the ledger is written to the volume', async () => {
    const { stdout, stderr } = await mailcanary('check', '-c', config, '--format', 'json');
    const { findings } = JSON.parse(stdout) as { findings: readonly { what: string }[] };

    expect(stderr).toBe('');
    expect(findings.find(({ what }) => what === 'ledger')).toMatchObject({ ok: true });
    expect(await readdir(data)).toContain('mailcanary.db');
  });

  test('it needs no system call that the systemd unit forbids', async () => {
    const trace = join(data, 'trace');
    const tracer = ['strace', '--follow-forks', '--quiet=all', '-o', trace];

    await run(unprivileged([...tracer, ...entryPoint(), 'check', '-c', config]), data);
    const used = systemCalls(await readFile(trace, 'utf8'));
    const permitted = await permittedCalls(await readFile(UNIT, 'utf8'));

    expect(used.size).toBeGreaterThan(30);
    expect([...used].filter((call) => !permitted.has(call))).toEqual([]);
  });
});

function systemCalls(trace: string): ReadonlySet<string> {
  return new Set(
    [...trace.matchAll(/^\d+ +(?:<\.\.\. )?(\w+)[( ]/gm)].map(([, call = '']) => call),
  );
}

/** The system calls that the `SystemCallFilter=` lines of a unit leave. */
async function permittedCalls(unit: string): Promise<ReadonlySet<string>> {
  const { stdout } = await run(['systemd-analyze', 'syscall-filter', '--no-pager'], REPOSITORY);
  const sets = new Map<string, string[]>();
  let members: string[] = [];
  for (const line of stdout.split('\n')) {
    if (/^@/.test(line)) sets.set(line, (members = []));
    else if (/^ {4}[@\w]/.test(line)) members.push(line.trim());
  }
  const expand = (name: string): readonly string[] =>
    name.startsWith('@') ? (sets.get(name) ?? []).flatMap(expand) : [name];
  const permitted = new Set<string>();
  for (const [, tilde, names = ''] of unit.matchAll(/^SystemCallFilter=(~?)(.+)$/gm)) {
    for (const call of names.split(' ').flatMap(expand)) {
      if (tilde === '') permitted.add(call);
      else permitted.delete(call);
    }
  }
  return permitted;
}

describe('systemd unit', () => {
  let folder: string;
  let unit: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mailcanary-unit-'));
    unit = join(folder, 'mailcanary.service');
    // Verified is also that the program exists: take the Node of this machine.
    const text = await readFile(UNIT, 'utf8');
    await writeFile(
      unit,
      text.replace('ExecStart=/usr/bin/node ', `ExecStart=${process.execPath} `),
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is understood by systemd, to the last line', async () => {
    const { code, stdout, stderr } = await run(['systemd-analyze', 'verify', unit], folder);

    expect(`${stdout}${stderr}`).not.toContain('mailcanary.service');
    expect(code).toBe(0);
  });

  test('is exposed to no more than 1.5 of 10', async () => {
    const options = ['--offline=true', '--threshold=15', '--no-pager'];

    const { code, stdout } = await run(['systemd-analyze', 'security', ...options, unit], folder);

    expect(stdout).toMatch(/Overall exposure level for mailcanary\.service: [\d.]+ OK/);
    expect(code).toBe(0);
  });

  test('starts the same program as the image, and reloads it by SIGHUP', async () => {
    const text = await readFile(UNIT, 'utf8');
    const image = parseDockerfile(await readFile(`${REPOSITORY}Dockerfile`, 'utf8')).at(-1)!;
    const [node, ...args] = ['ENTRYPOINT', 'CMD'].flatMap((key) => execForm(image.described[key]));

    expect(text).toContain(`\nExecStart=/usr/bin/${node ?? ''} ${args.join(' ')}\n`);
    expect(text).toContain('\nExecReload=/bin/kill -HUP $MAINPID\n');
  });
});

describe('the reading of a Dockerfile', () => {
  test.each([
    ['an unknown instruction', 'FROM a\nADD x y'],
    ['an unknown flag', 'FROM a\nCOPY --chown=1 x y'],
    ['a mount', 'FROM a\nRUN --mount=type=cache,target=/x true'],
    ['a line before FROM', 'RUN true'],
    ['a relative WORKDIR', 'FROM a\nWORKDIR x'],
  ])('refuses %s', (_what, text) => {
    expect(() => parseDockerfile(text)).toThrow();
  });

  test('puts absolute paths below the pretend root, and lets none out', () => {
    expect(inRoot('ln -s /opt/a /b && x --to=/c "/d" @e/*-f g/h', '/tmp/r')).toBe(
      'ln -s /tmp/r/opt/a /tmp/r/b && x --to=/tmp/r/c "/tmp/r/d" @e/*-f g/h',
    );
    for (const command of ['rm -rf /*', 'rm -rf /', 'rm ../x', 'rm ~/x', 'cd x', 'rm $HOME/x']) {
      expect(() => inRoot(command, '/tmp/r'), command).toThrow();
    }
  });
});

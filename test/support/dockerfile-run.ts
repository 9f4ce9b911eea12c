import { execFile } from 'node:child_process';
import { cp, mkdir, stat } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { promisify } from 'node:util';

/** Lines of a Dockerfile that do something; the others only describe the image. */
export type Step =
  | { readonly kind: 'workdir'; readonly path: string }
  | {
      readonly kind: 'copy';
      readonly from: string | undefined;
      readonly sources: readonly string[];
      readonly target: string;
    }
  | { readonly kind: 'run'; readonly command: string }
  | { readonly kind: 'env'; readonly name: string; readonly value: string }
  | { readonly kind: 'user'; readonly user: string };

export interface Stage {
  readonly base: string;
  readonly name: string | undefined;
  readonly steps: readonly Step[];
  /** LABEL, CMD and the like, as written, the last one of each. */
  readonly described: Readonly<Record<string, string>>;
}

const DESCRIBING = new Set([
  'ARG',
  'LABEL',
  'VOLUME',
  'EXPOSE',
  'HEALTHCHECK',
  'ENTRYPOINT',
  'CMD',
]);

/** Reads the part of the Dockerfile language that ours is written in; anything else is an error. */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { base: string; name: string | undefined; lines: [string, string][] }[] = [];
  for (const line of logicalLines(text)) {
    const [, keyword = '', rest = ''] = /^([A-Z]+)\s+(.+)$/.exec(line) ?? [];
    if (keyword === 'FROM') {
      const [, base, name] = /^([\w./:-]+)(?: AS ([a-z]+))?$/.exec(rest) ?? [];
      if (base === undefined) throw new Error(`not understood: ${line}`);
      stages.push({ base, name, lines: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`before the first FROM: ${line}`);
    stage.lines.push([keyword, rest]);
  }
  return stages.map(({ base, name, lines }) => ({
    base,
    name,
    steps: lines.filter(([keyword]) => !DESCRIBING.has(keyword)).map(parseStep),
    described: Object.fromEntries(lines.filter(([keyword]) => DESCRIBING.has(keyword))),
  }));
}

/** Comment lines may stand between the parts of a continued line. */
function logicalLines(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'))
    .join('\n')
    .replaceAll(/\s*\\\n\s*/g, ' ')
    .split('\n');
}

function parseStep([keyword, rest]: readonly [string, string]): Step {
  const wrong = new Error(`not understood: ${keyword} ${rest}`);
  switch (keyword) {
    case 'WORKDIR':
      if (!/^\/[\w/.-]+$/.test(rest)) throw wrong;
      return { kind: 'workdir', path: rest };
    case 'USER':
      if (!/^[\w:]+$/.test(rest)) throw wrong;
      return { kind: 'user', user: rest };
    case 'ENV': {
      const [, name, value] = /^(\w+)=([^\s"'$]+)$/.exec(rest) ?? [];
      if (name === undefined || value === undefined) throw wrong;
      return { kind: 'env', name, value };
    }
    case 'COPY': {
      const [, from, paths = ''] = /^(?:--from=([a-z]+) )?([^-[\s].*)$/.exec(rest) ?? [];
      const sources = paths.split(/\s+/);
      const target = sources.pop();
      if (target === undefined || sources.length === 0 || /["'*$]|\.\./.test(paths)) throw wrong;
      return { kind: 'copy', from, sources, target };
    }
    case 'RUN':
      if (/^(--|\[)|<</.test(rest)) throw wrong;
      return { kind: 'run', command: rest };
    default:
      throw wrong;
  }
}

/** What a `.dockerignore` lets through, when it names that and nothing else: `*`, then `!NAME` lines. */
export function parseAllowList(text: string): readonly string[] {
  const [first, ...rest] = logicalLines(text);
  if (first !== '*') throw new Error('the first line is not *');
  return rest.map((line) => {
    const [, name] = /^!([\w.-]+)$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`not understood: ${line}`);
    return name;
  });
}

export interface StageRun {
  /** The folder with what the context gives. */
  readonly context: string;
  /** The folder that stands for `/` in this stage. */
  readonly root: string;
  /** The roots of the stages before, by name. */
  readonly before: Readonly<Record<string, string>>;
  /** Why a command is left out, if it is. */
  skip(command: string): string | undefined;
}

/** Does what a stage says, with a folder for `/`. Answers the commands left out, with the reasons. */
export async function runStage(
  stage: Stage,
  run: StageRun,
): Promise<readonly { readonly command: string; readonly reason: string }[]> {
  const skipped: { command: string; reason: string }[] = [];
  const env: Record<string, string> = {};
  let workdir = '/';
  // Folders of every image.
  await mkdir(join(run.root, 'usr/local/bin'), { recursive: true });
  for (const step of stage.steps) {
    if (step.kind === 'workdir') {
      workdir = step.path;
      await mkdir(join(run.root, workdir), { recursive: true });
    } else if (step.kind === 'copy') {
      await copy(step, workdir, run);
    } else if (step.kind === 'env') {
      env[step.name] = step.value;
    } else if (step.kind === 'run') {
      const reason = run.skip(step.command);
      if (reason === undefined) await execute(step.command, join(run.root, workdir), { env, run });
      else skipped.push({ command: step.command, reason });
    }
  }
  return skipped;
}

async function copy(
  step: Extract<Step, { kind: 'copy' }>,
  workdir: string,
  run: StageRun,
): Promise<void> {
  const from = step.from === undefined ? run.context : run.before[step.from];
  if (from === undefined) throw new Error(`no stage ${step.from ?? ''}`);
  const target = join(run.root, posix.resolve(workdir, step.target));
  for (const source of step.sources) {
    const path = join(from, source);
    const isFolder = (await stat(path)).isDirectory();
    // Of a folder its content is copied, a file goes into a folder by its own name.
    const into = isFolder || !/(^\.|\/)$/.test(step.target) ? target : join(target, basename(path));
    await cp(path, into, { recursive: true, verbatimSymlinks: true });
  }
}

/** Variables that the machine may need to reach the registry. */
const PASSED =
  /^(HOME|PATH|(https?|no)_proxy|npm_config_(cache|registry|userconfig)|NODE_EXTRA_CA_CERTS)$/i;

async function execute(
  command: string,
  cwd: string,
  { env, run }: { env: Readonly<Record<string, string>>; run: StageRun },
): Promise<void> {
  const passed = Object.entries(process.env).filter(([name]) => PASSED.test(name));
  await promisify(execFile)('/bin/sh', ['-ec', inRoot(command, run.root)], {
    cwd,
    env: { ...Object.fromEntries(passed), ...env },
  });
}

/** Puts the pretend root before each absolute path, and refuses what could still lead out of it. */
export function inRoot(command: string, root: string): string {
  if (/\.\.|~|\$\{?(HOME|PWD|OLDPWD)|\bcd\b/.test(command))
    throw new Error(`leads out: ${command}`);
  const mapped = command.replaceAll(/(?<=^|[\s"'=:>])\/(?=[\w.])/g, `${root}/`);
  const rest = mapped.replaceAll(`${root}/`, '');
  if (/(?<![\w.*@-])\//.test(rest)) throw new Error(`not understood as a path: ${command}`);
  return mapped;
}

/** The `["program", "argument"]` form at the end of a line. */
export function execForm(text: string | undefined): readonly string[] {
  const parsed: unknown = JSON.parse(/\[.*\]$/.exec(text ?? '')?.[0] ?? 'null');
  if (!Array.isArray(parsed)) throw new Error(`not in exec form: ${text ?? 'absent'}`);
  return parsed.map(String);
}

import type { Finding, Path } from './problems.ts';

/** A variable of the environment, undefined where it is not set. */
export type Environment = (name: string) => string | undefined;

interface Substitution {
  readonly env: Environment;
  readonly findings: Finding[];
}

/**
 * Puts environment variables in for `${NAME}`, in every text of a tree; `$${`
 * stands for `${` itself. What a variable holds is taken as it is: it is not
 * read as YAML and may hold `${` itself.
 */
export function substituteEnv(tree: unknown, env: Environment): SubstitutedTree {
  const findings: Finding[] = [];
  return { value: substitute(tree, [], { env, findings }), findings };
}

export interface SubstitutedTree {
  readonly value: unknown;
  readonly findings: readonly Finding[];
}

function substitute(value: unknown, path: Path, work: Substitution): unknown {
  if (typeof value === 'string') return substituteText(value, path, work);
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => substitute(item, [...path, index], work));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [
      key,
      substitute(item, [...path, key], work),
    ]),
  );
}

function substituteText(text: string, path: Path, work: Substitution): string {
  const full = text.replace(/\$\$\{|\$\{([^}]*)(\}?)/g, (whole, name?: string, end?: string) => {
    if (name === undefined) return '${';
    if (end !== '}' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      work.findings.push({
        path,
        message: 'has a ${ without NAME and } after it',
        hint: 'write ${NAME}, without a default in it; $${ stands for ${ itself',
      });
      return whole;
    }
    const value = work.env(name);
    if (value === undefined) work.findings.push({ path, ...unset(name) });
    return value ?? whole;
  });
  if (full === '' && text !== '') {
    work.findings.push({ path, message: `is empty, since the environment has nothing in ${text}` });
  }
  return full;
}

/** Names the variable only where it is written like one: a password may hold `${` too. */
function unset(name: string): Pick<Finding, 'message' | 'hint'> {
  if (/^[A-Z_][A-Z0-9_]*$/.test(name)) {
    return { message: `the environment variable ${name} is not set` };
  }
  const message = 'names an environment variable that is not set';
  return { message, hint: 'write $${ for ${ itself' };
}

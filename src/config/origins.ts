import { pathText, type Finding, type Path, type Position, type Problem } from './problems.ts';

interface Origin extends Position {
  readonly path: Path;
}

/** Where in the file each value of the tree was written. */
export class Origins {
  readonly #known = new Map<string, Origin>();

  add(path: Path, position: Position): void {
    this.#known.set(JSON.stringify(path), { ...position, path });
  }

  /** Says that the value at `path` was written at another key: `password` at `password_file`. */
  redirect(path: Path, written: Path): void {
    const origin = this.#known.get(JSON.stringify(written));
    if (origin !== undefined) this.#known.set(JSON.stringify(path), origin);
  }

  /** A finding with its line: that of the value, or of the nearest mapping around it that exists. */
  locate(finding: Finding): Problem {
    const { message, hint = null, at } = finding;
    const { path, line, column } = this.#nearest(finding.path);
    const position = at ?? { line, column };
    return { path: pathText(path), ...position, message, hint };
  }

  #nearest(path: Path): Origin {
    for (let length = path.length; length > 0; length -= 1) {
      const part = JSON.stringify(path.slice(0, length));
      const origin = this.#known.get(part);
      if (origin === undefined) continue;
      const redirected = JSON.stringify(origin.path) !== part;
      return redirected ? origin : { ...origin, path };
    }
    return { path, line: 1, column: 1 };
  }
}

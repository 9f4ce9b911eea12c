/** A command that is not in the grammar; answered with BAD. */
export class BadCommand extends Error {}

/** Ranges of sequence numbers or UIDs; `Infinity` stands for `*`. */
export type NumberSet = readonly (readonly [from: number, to: number])[];

/** The arguments of a command, read from left to right (RFC 3501 section 9). Everything throws {@link BadCommand}. */
export interface Args {
  /** What a pattern finds right here, or undefined; it must be sticky. */
  take(pattern: RegExp): string | undefined;
  /** Exactly one space. */
  space(): void;
  /** Letters of an atom. */
  atom(): string;
  /** Atom, quoted string or literal. */
  astring(): string;
  /** Items in parentheses, one space between them; may be empty. */
  list<T>(item: () => T): readonly T[];
  numberSet(): NumberSet;
  /** Whether everything was read. */
  isAtEnd(): boolean;
  end(): void;
}

/** Any character but those that end an atom (atom-specials). */
const ATOM = /[^\x00-\x20\x7f-\xff(){%*"\\\]]+/y;
/** An astring may have `]` in it. */
const ASTRING = /[^\x00-\x20\x7f-\xff(){%*"\\]+/y;
const QUOTED = /"(?:[^"\\\r\n]|\\["\\])*"/y;
const LITERAL = /\{(\d+)\}\r\n/y;
const SET = /(?:\d+|\*)(?::(?:\d+|\*))?(?:,(?:\d+|\*)(?::(?:\d+|\*))?)*/y;

export function readArgs(text: string): Args {
  let at = 0;

  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  }

  function need(pattern: RegExp, what: string): string {
    const found = take(pattern);
    if (found === undefined) throw new BadCommand(`expected ${what}`);
    return found;
  }

  function literal(): string | undefined {
    const head = take(LITERAL);
    if (head === undefined) return undefined;
    const length = Number(/\d+/.exec(head)?.[0]);
    at += length;
    return text.slice(at - length, at);
  }

  const args: Args = {
    take,
    space: () => void need(/ /y, 'a space'),
    atom: () => need(ATOM, 'an atom'),
    astring() {
      const quoted = take(QUOTED);
      if (quoted !== undefined) return quoted.slice(1, -1).replace(/\\(.)/g, '$1');
      return literal() ?? need(ASTRING, 'a string');
    },
    list(item) {
      need(/\(/y, 'a list');
      const items: ReturnType<typeof item>[] = [];
      while (take(/\)/y) === undefined) {
        if (items.length > 0) args.space();
        items.push(item());
      }
      return items;
    },
    numberSet() {
      return need(SET, 'a sequence set')
        .split(',')
        .map((part) => {
          const [from = '', to = from] = part.split(':');
          return [boundary(from), boundary(to)] as const;
        });
    },
    isAtEnd: () => at === text.length,
    end() {
      if (at !== text.length) throw new BadCommand('too many arguments');
    },
  };
  return args;
}

function boundary(text: string): number {
  const value = text === '*' ? Infinity : Number(text);
  if (value < 1 || (value > 4_294_967_295 && value !== Infinity))
    throw new BadCommand('no such number');
  return value;
}

/** Which of `numbers` (ascending) are in the set; `*` is the last one, and `9:*` has it in it always. */
export function membersOf(set: NumberSet, numbers: readonly number[]): readonly number[] {
  const last = numbers.at(-1) ?? 0;
  const ranges = set.map(([from, to]) => {
    const ends = [Math.min(from, from === Infinity ? last : from), to === Infinity ? last : to];
    return [Math.min(...ends), Math.max(...ends)] as const;
  });
  return numbers.filter((number) => ranges.some(([low, high]) => number >= low && number <= high));
}

export type Side = 'client' | 'server';

/** How a rule ends a connection, or a half of it. */
export type Cut =
  /** RST to both sides: "connection reset by peer". With `after`, a FIN to the side that has still to read. */
  | 'reset'
  /** FIN to both sides. */
  | 'close'
  /** Nothing passes any more in either direction, not even an end; the connection stays. */
  | 'stall'
  /** What this side says is dropped from here on; the other direction goes on. */
  | 'swallow';

export type Fault =
  | Cut
  /** The delay holds for what fired the rule and all that follows in this direction, each. */
  | { readonly delayMs: number }
  /** For what fired the rule alone; what follows waits behind it. With `after`: for what the other side says to it. */
  | { readonly holdMs: number }
  /**
   * Whoever said it is told this, as it stands, in the other side's place (`$1` is the first word of what was said); with
   * `after`, the other side gets it too, and what it says from then on is dropped. `holdMs` makes the answer late.
   */
  | { readonly answer: string; readonly holdMs?: number; readonly then?: Cut }
  /** This is passed on, as it stands, in the place of what fired the rule. */
  | { readonly instead: string; readonly then?: Cut };

/** Watches what one side says, or new connections, and fires on the first that match. */
export interface Rule {
  /** Connections, whole lines, or chunks of bytes. */
  readonly on: 'connect' | `${Side}-line` | `${Side}-bytes`;
  /** For lines, which come without CRLF, and for chunks. Default: any. */
  readonly match?: RegExp;
  /** For bytes: fires with the chunk by which the side has said more than so many. */
  readonly moreThan?: number;
  /** What fired the rule is passed on first (`after`) or not at all (`before`, the default; a delay only delays it). */
  readonly at?: 'before' | 'after';
  readonly do: Fault;
  /** How often it fires, over all connections. Default: once. */
  readonly times?: number;
}

/** Something that a rule may be about. */
export type Happening =
  | { readonly on: 'connect' }
  | { readonly on: `${Side}-line`; readonly line: string }
  | { readonly on: `${Side}-bytes`; readonly total: number; readonly text: string };

/** What a rule wants done before and after what fired it is passed on. */
export interface Fired {
  readonly delayMs?: number;
  readonly holdMs?: number;
  readonly holdBackMs?: number;
  readonly answer?: { readonly text: string; readonly isPassed: boolean };
  readonly instead?: string;
  readonly before?: Cut;
  readonly after?: Cut;
}

export interface Rules {
  /** What the first rule for this wants; uses it up by one. */
  fire(happening: Happening): Fired | undefined;
  replace(rules: readonly Rule[]): void;
  add(rule: Rule): void;
  /** How often rules have fired in all. */
  fired(): number;
}

export function createRules(
  initial: readonly Rule[],
  onFire: (rule: Rule) => void = () => undefined,
): Rules {
  const arm = (rules: readonly Rule[]): { rule: Rule; left: number }[] =>
    rules.map((rule) => ({ rule, left: rule.times ?? 1 }));
  let armed = arm(initial);
  let fired = 0;
  return {
    fire(happening) {
      const found = armed.find(({ rule, left }) => left > 0 && applies(rule, happening));
      if (found === undefined) return undefined;
      found.left -= 1;
      fired += 1;
      onFire(found.rule);
      return firedBy(found.rule, happening);
    },
    replace(rules) {
      armed = arm(rules);
    },
    add(rule) {
      armed.push(...arm([rule]));
    },
    fired: () => fired,
  };
}

function firedBy({ do: fault, at }: Rule, happening: Happening): Fired {
  if (typeof fault === 'string') return at === 'after' ? { after: fault } : { before: fault };
  if ('instead' in fault || 'answer' in fault) return spokenBy(fault, at === 'after', happening);
  return 'holdMs' in fault && at === 'after' ? { holdBackMs: fault.holdMs } : fault;
}

type Spoken = Extract<Fault, { readonly instead: string } | { readonly answer: string }>;

function spokenBy(fault: Spoken, isPassed: boolean, happening: Happening): Fired {
  const then = fault.then === undefined ? {} : { after: fault.then };
  if ('instead' in fault) return { instead: fault.instead, ...then };
  const hold = fault.holdMs === undefined ? {} : { holdMs: fault.holdMs };
  const said = 'line' in happening ? happening.line : '';
  const text = fault.answer.replaceAll('$1', said.split(' ')[0] ?? '');
  return { answer: { text, isPassed }, ...hold, ...then };
}

function applies(rule: Rule, happening: Happening): boolean {
  if (rule.on !== happening.on) return false;
  if ('line' in happening) return rule.match?.test(happening.line) ?? true;
  if (!('total' in happening)) return true;
  return happening.total > (rule.moreThan ?? 0) && (rule.match?.test(happening.text) ?? true);
}

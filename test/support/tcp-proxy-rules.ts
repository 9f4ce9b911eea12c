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
  | 'swallow'
  /** What fired the rule is not passed on; all else is. */
  | 'drop';

/** The delay holds for what fired the rule and all that follows in this direction, each. */
export type Fault = Cut | { readonly delayMs: number };

/** Watches what one side says, or new connections, and fires on the first that match. */
export interface Rule {
  /** Connections, whole lines, or chunks of bytes. */
  readonly on: 'connect' | `${Side}-line` | `${Side}-bytes`;
  /** For lines, which come without CRLF. Default: any line. */
  readonly match?: RegExp;
  /** For bytes: fires with the chunk by which the side has said more than so many. */
  readonly moreThan?: number;
  /** What fired the rule is passed on first (`after`) or not at all (`before`, the default; a delay only delays it). */
  readonly at?: 'before' | 'after';
  readonly do: Fault;
  /** Of this connection only, counted from 1. Default: of any. */
  readonly connection?: number;
  /** How often it fires, over all connections. Default: once. */
  readonly times?: number;
}

/** Something that a rule may be about. */
export type Happening =
  | { readonly on: 'connect' }
  | { readonly on: `${Side}-line`; readonly line: string }
  | { readonly on: `${Side}-bytes`; readonly total: number };

/** What a rule wants done before and after what fired it is passed on. */
export interface Fired {
  readonly delayMs?: number;
  readonly before?: Cut;
  readonly after?: Cut;
}

export interface Rules {
  /** What the first rule for this wants; uses it up by one. */
  fire(happening: Happening, connection: number): Fired | undefined;
  replace(rules: readonly Rule[]): void;
  add(rule: Rule): void;
  /** How often rules have fired in all. */
  fired(): number;
}

export function createRules(initial: readonly Rule[]): Rules {
  const arm = (rules: readonly Rule[]): { rule: Rule; left: number }[] =>
    rules.map((rule) => ({ rule, left: rule.times ?? 1 }));
  let armed = arm(initial);
  let fired = 0;
  return {
    fire(happening, connection) {
      const found = armed.find(
        ({ rule, left }) =>
          left > 0 && (rule.connection ?? connection) === connection && applies(rule, happening),
      );
      if (found === undefined) return undefined;
      found.left -= 1;
      fired += 1;
      const fault = found.rule.do;
      if (typeof fault === 'object') return fault;
      return found.rule.at === 'after' ? { after: fault } : { before: fault };
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

function applies(rule: Rule, happening: Happening): boolean {
  if (rule.on !== happening.on) return false;
  if ('line' in happening) return rule.match?.test(happening.line) ?? true;
  return 'total' in happening ? happening.total > (rule.moreThan ?? 0) : true;
}

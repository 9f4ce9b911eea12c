import { parse } from 'yaml';
import * as z from 'zod';
import { ruleGroups } from '../rules/groups.ts';
import { DEFAULT_INPUT } from '../rules/input.ts';

/** The mail system that is watched: pages must not travel by it. */
export interface WatchedMail {
  /** Domains of the addresses to which canaries go, in lower case. */
  readonly domains: readonly string[];
  /** Hosts of the relays by which they go, in lower case. */
  readonly relays: readonly string[];
}

const Matchers = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const Pairs = z.record(z.string(), z.string());

interface RouteNode {
  readonly receiver?: string | undefined;
  readonly matchers: readonly string[];
  readonly match: Labels;
  readonly match_re: Labels;
  readonly continue: boolean;
  readonly routes: readonly RouteNode[];
}

const RouteNode: z.ZodType<RouteNode> = z.lazy(() =>
  z.object({
    receiver: z.string().optional(),
    matchers: Matchers.default([]),
    match: Pairs.default({}),
    match_re: Pairs.default({}),
    continue: z.boolean().default(false),
    routes: z.array(RouteNode).default([]),
  }),
);

const Receiver = z.looseObject({
  name: z.string(),
  email_configs: z
    .array(z.looseObject({ to: z.string().default(''), smarthost: z.string().optional() }))
    .default([]),
});
type Receiver = z.output<typeof Receiver>;

const AlertmanagerFile = z.looseObject({
  global: z.looseObject({ smtp_smarthost: z.string().optional() }).default({}),
  route: RouteNode,
  receivers: z.array(Receiver).default([]),
});

type Labels = Readonly<Record<string, string>>;

/**
 * What is doubtful about how an Alertmanager's file sends our pages: by mail, and by the very mail that is watched; or to nobody.
 *
 * @throws Error with what is wrong with the file itself.
 */
export function reviewAlertmanager(text: string, watched: WatchedMail): readonly string[] {
  const { global, route, receivers } = AlertmanagerFile.parse(parse(text));
  const byName = new Map(receivers.map((receiver) => [receiver.name, receiver]));
  const names = new Set(pagesLabels().flatMap((labels) => receiversOf(route, labels, undefined)));
  return [...names].flatMap((name) => {
    const receiver = byName.get(name);
    return receiver === undefined ? [] : doubts(receiver, global.smtp_smarthost, watched);
  });
}

/** The labels of every alert that pages. */
function pagesLabels(): readonly Labels[] {
  const rules = ruleGroups(DEFAULT_INPUT).flatMap((group) => group.rules);
  return rules.flatMap((rule) => {
    if ('record' in rule || rule.severity !== 'page') return [];
    const { alert: alertname, severity, team, culprit = '' } = rule;
    return [{ alertname, severity, team, culprit, ...rule.labels }];
  });
}

/** As Alertmanager walks its tree: the first child that matches, and further ones after a `continue`; else the node itself. */
function receiversOf(
  node: RouteNode,
  labels: Labels,
  inherited: string | undefined,
): readonly string[] {
  const own = node.receiver ?? inherited;
  const found: string[] = [];
  for (const child of node.routes) {
    if (!matches(child, labels)) continue;
    found.push(...receiversOf(child, labels, own));
    if (!child.continue) return found;
  }
  return found.length > 0 || own === undefined ? found : [own];
}

function matches(node: RouteNode, labels: Labels): boolean {
  const isEqual = Object.entries(node.match).every(
    ([name, value]) => (labels[name] ?? '') === value,
  );
  const fits = Object.entries(node.match_re).every(([name, value]) =>
    whole(value).test(labels[name] ?? ''),
  );
  return isEqual && fits && node.matchers.every((matcher) => matchesOne(matcher, labels));
}

function matchesOne(matcher: string, labels: Labels): boolean {
  const [, name = '', operator, value = ''] =
    /^\{?\s*"?([\w:]+)"?\s*(=~|!~|!=|=)\s*"?(.*?)"?\s*\}?$/.exec(matcher.trim()) ?? [];
  const label = labels[name] ?? '';
  switch (operator) {
    case '=':
      return label === value;
    case '!=':
      return label !== value;
    case '=~':
      return whole(value).test(label);
    case '!~':
      return !whole(value).test(label);
    case undefined:
    default:
      throw new Error(`the matcher ${matcher} cannot be read`);
  }
}

/** Alertmanager's patterns are anchored. */
function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`);
}

function doubts(
  receiver: Receiver,
  smarthost: string | undefined,
  { domains, relays }: WatchedMail,
): readonly string[] {
  const { name, email_configs: mails } = receiver;
  const integrations = Object.entries(receiver).filter(
    ([key, value]) => key.endsWith('_configs') && Array.isArray(value) && value.length > 0,
  );
  if (integrations.length === 0) return [`pages reach nobody: receiver ${name} has no way out`];
  const ways = mails.flatMap((mail) => {
    const domain = mail.to.toLowerCase().split('@').at(-1)?.replace(/>$/, '').trim() ?? '';
    const relay = (mail.smarthost ?? smarthost ?? '').toLowerCase().replace(/:\d+$/, '');
    return [
      ...(domains.includes(domain) ? [`to ${mail.to}, whose mail is the one that is watched`] : []),
      ...(relays.includes(relay) ? [`by ${relay}, the relay of the canaries`] : []),
    ];
  });
  const isOnlyMail = integrations.every(([key]) => key === 'email_configs');
  const rest = isOnlyMail ? ', and it has no other way' : '';
  if (ways.length > 0) return ways.map((way) => `receiver ${name} pages by mail ${way}${rest}`);
  return isOnlyMail ? [`receiver ${name} pages by mail alone: mail may be what fails`] : [];
}

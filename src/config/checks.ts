import { writeDuration } from '../base/duration.ts';
import { isLoopback } from '../base/server-url.ts';
import type { Finding } from './problems.ts';
import { LedgerConfig } from './ledger.ts';
import { Deadlines, Tidying, type ConfigFile } from './schema.ts';
import { entriesOf, valueAt } from './shape.ts';
import { findNearest } from './suggest.ts';

type Path = Finding['path'];

/** What is wrong between values. Looks at the unparsed tree, so that other problems do not hide these. */
export function crossFindings(tree: unknown): readonly Finding[] {
  const probes = entriesOf(valueAt(tree, ['probes']));
  return [
    ...probes.flatMap(([name]) => [
      ...unknownName(tree, ['probes', name, 'sender'], 'sender'),
      ...observerPaths(tree, name).flatMap((path) => unknownName(tree, path, 'observer')),
      ...disorder(tree, name),
    ]),
    ...unknownProbes(tree),
    ...shortKeep(tree),
    ...lateTidying(tree),
    ...deafHooks(tree),
  ];
}

/** One observer, or each of a chain. */
function observerPaths(tree: unknown, probe: string): readonly Path[] {
  const path = ['probes', probe, 'observer'];
  const value = valueAt(tree, path);
  return Array.isArray(value) ? value.map((_name, index) => [...path, index]) : [path];
}

function unknownName(tree: unknown, path: Path, key: 'sender' | 'observer'): readonly Finding[] {
  const wanted = valueAt(tree, path);
  const names = entriesOf(valueAt(tree, [`${key}s`])).map(([name]) => name);
  if (typeof wanted !== 'string' || wanted === '' || names.length === 0) return [];
  if (names.includes(wanted)) return [];
  const near = findNearest(wanted, names);
  const list = names.filter((name) => /^[a-z0-9_-]{1,63}$/.test(name)).join(', ');
  const hint = near === undefined ? `the ${key}s here are ${list}` : `did you mean ${near}?`;
  return [{ path, message: `names no ${key} of this file`, hint }];
}

function unknownProbes(tree: unknown): readonly Finding[] {
  const names = entriesOf(valueAt(tree, ['probes'])).map(([name]) => name);
  const windows = valueAt(tree, ['maintenance']);
  if (!Array.isArray(windows) || names.length === 0) return [];
  return windows.flatMap((window: unknown, index) => {
    const wanted = valueAt(window, ['probes']);
    if (!Array.isArray(wanted)) return [];
    return wanted.flatMap((name: unknown, place): Finding[] => {
      if (typeof name !== 'string' || names.includes(name)) return [];
      const near = findNearest(name, names);
      const hint = near === undefined ? undefined : `did you mean ${near}?`;
      const path = ['maintenance', index, 'probes', place];
      return [{ path, message: 'names no probe of this file', hint }];
    });
  });
}

const ORDER = ['suspect_after', 'late_after', 'lost_after', 'forget_after'] as const;

function disorder(tree: unknown, probe: string): readonly Finding[] {
  const entry = valueAt(tree, ['probes', probe]);
  const parsed = Deadlines.safeParse(entry);
  if (!parsed.success) return [];
  const text = (key: (typeof ORDER)[number]): string => {
    const isDefault = valueAt(entry, [key]) === undefined;
    return `${key} (${writeDuration(parsed.data[key])}${isDefault ? ' by default' : ''})`;
  };
  return ORDER.flatMap((later, index) => {
    const earlier = ORDER[index - 1];
    if (earlier === undefined || parsed.data[earlier] < parsed.data[later]) return [];
    const blamed = valueAt(entry, [earlier]) === undefined ? later : earlier;
    const other = blamed === later ? earlier : later;
    const relation = blamed === later ? 'more' : 'less';
    const path = ['probes', probe, blamed];
    const missing = valueAt(entry, [other]) === undefined;
    const hint = missing ? `or write ${other} as well` : undefined;
    return [{ path, message: `must be ${relation} than ${text(other)}`, hint }];
  });
}

/** Facts may still come for a canary until forget_after, counted from its acceptance (semantics A10). */
function shortKeep(tree: unknown): readonly Finding[] {
  const ledger = LedgerConfig.safeParse(valueAt(tree, ['ledger']) ?? {});
  if (!ledger.success) return [];
  const { keepMs } = ledger.data;
  const isWritten = valueAt(tree, ['ledger', 'keep']) !== undefined;
  const needs = entriesOf(valueAt(tree, ['probes'])).flatMap(([name, entry]) => {
    const { data } = Deadlines.safeParse(entry);
    return data === undefined ? [] : [{ name, ms: data.forget_after + data.late_after }];
  });
  const short = needs.filter(({ ms }) => ms >= keepMs);
  if (!isWritten) {
    return short.map(({ name }) => ({
      path: ['probes', name, 'forget_after'],
      message: `must be less than ledger.keep minus late_after (${writeDuration(keepMs)} by default)`,
      hint: 'or write a longer keep in ledger',
    }));
  }
  if (short.length === 0) return [];
  const most = writeDuration(Math.max(...short.map(({ ms }) => ms)));
  const message = `must be more than forget_after plus late_after of every probe (${most})`;
  return [{ path: ['ledger', 'keep'], message }];
}

/** A canary that the ledger has forgotten is never cleaned away. */
function lateTidying(tree: unknown): readonly Finding[] {
  const ledger = LedgerConfig.safeParse(valueAt(tree, ['ledger']) ?? {});
  if (!ledger.success) return [];
  const { keepMs } = ledger.data;
  return entriesOf(valueAt(tree, ['observers'])).flatMap(([name, entry]) => {
    const { data } = Tidying.safeParse(entry);
    if (data === undefined || data.tidy === 'keep' || data.tidy_after < keepMs) return [];
    const isWritten = valueAt(tree, ['ledger', 'keep']) !== undefined;
    const message = `must be less than ledger.keep (${writeDuration(keepMs)}${isWritten ? '' : ' by default'})`;
    return [{ path: ['observers', name, 'tidy_after'], message }];
  });
}

/** A secret of webhooks that nothing receives. */
function deafHooks(tree: unknown): readonly Finding[] {
  if (valueAt(tree, ['server', 'hooks']) !== undefined) return [];
  return entriesOf(valueAt(tree, ['observers'])).flatMap(([name, entry]) =>
    ['webhook_secret', 'webhook_secret_file']
      .filter((key) => valueAt(entry, [key]) !== undefined)
      .map((key) => ({
        path: ['observers', name, key],
        message: 'is for webhooks, and no socket takes any',
        hint: 'write server: { hooks: { listen: "127.0.0.1:9926" } }',
      })),
  );
}

/** What is allowed and yet probably not meant. */
export function warningsOf(file: ConfigFile, tree: unknown): readonly Finding[] {
  const probes = Object.entries(file.probes);
  const targets = probes.filter(([, probe]) => probe.role === 'target');
  const watched = new Set(targets.map(([, probe]) => probe.sender));
  const onlyControls: Finding[] =
    targets.length > 0 ? [] : [{ path: ['probes'], message: 'has controls only, and no target' }];
  return [
    ...unused(file),
    ...bareLogins(file),
    ...onlyControls,
    ...probes.flatMap(([name, probe]) => {
      const findings: Finding[] = [];
      if (targets.length > 0 && !watched.has(probe.sender)) {
        const message = 'is the sender of this control and of no target';
        findings.push({ path: ['probes', name, 'sender'], message });
      }
      if ('cron' in probe.schedule && valueAt(tree, ['probes', name, 'timezone']) === undefined) {
        const hint = 'write timezone: UTC, or the zone that you mean';
        findings.push({ path: ['probes', name, 'cron'], message: 'is read in UTC', hint });
      }
      if (file.senders[probe.sender]?.from.toLowerCase() === probe.to.toLowerCase()) {
        const message = 'is also the address that the canaries come from';
        const hint = 'servers often treat mail to oneself in a way of its own';
        findings.push({ path: ['probes', name, 'to'], message, hint });
      }
      return findings;
    }),
  ];
}

function unused(file: ConfigFile): readonly Finding[] {
  const probes = Object.values(file.probes);
  const used = {
    senders: new Set(probes.map((probe) => probe.sender)),
    observers: new Set(probes.flatMap(({ front, observer }) => [...front, observer])),
  };
  return (['senders', 'observers'] as const).flatMap((section) =>
    Object.keys(file[section])
      .filter((name) => !used[section].has(name))
      .map((name) => ({ path: [section, name], message: 'is used by no probe' })),
  );
}

function bareLogins(file: ConfigFile): readonly Finding[] {
  const servers = [
    ...Object.entries(file.senders).map(([name, own]) => ({ path: ['senders', name], own })),
    ...Object.entries(file.observers).map(([name, own]) => ({ path: ['observers', name], own })),
  ];
  return servers
    .filter(({ own }) => {
      if (!('tls' in own)) return false;
      return own.tls === 'none' && own.user !== undefined && !isLoopback(own.server.host);
    })
    .map(({ path }) => ({
      path: [...path, 'tls'],
      message: 'lets the password go over the network in the clear',
    }));
}

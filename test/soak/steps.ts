import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { firstSighting, type Canary } from '../../src/domain/canary.ts';
import { uniform, type Random } from '../../src/base/random.ts';
import type { Passed, Rule, TcpProxy } from '../support/tcp-proxy.ts';

/** What a kill can cut in two, in the order of a canary's life. */
export const STEPS = [
  'launched', // recorded, and nobody connected for it yet
  'connecting', // a dialogue before DATA
  'data', // between DATA and the final answer
  'accepted', // the 250 was said, and is not recorded
  'seen', // an answer of IMAP names it, and that is not recorded
  'settling', // its sighting is recorded, its verdict is not
  'idle', // nothing of these
] as const;
export type Step = (typeof STEPS)[number];

/** What goes by outside the daemon. */
export interface Outside {
  readonly smtp: TcpProxy;
  readonly imap: TcpProxy;
  /** Of the daemon's HTTP server. */
  readonly port: number;
  readonly random: Random;
}

const TOKEN = /mca[sbm][a-z2-7]{56}/;
const QUEUED = /^250 .*queued as/;
/** Longer than it takes to kill. */
const HELD: Rule['do'] = { delayMs: 1_000 };

/** Waits for the instant at which a kill should hit `step`. */
export async function whenAt(step: Step, outside: Outside): Promise<void> {
  const { smtp, imap, random } = outside;
  const wait = (mostMs: number): Promise<void> => sleep(uniform(random) * mostMs);
  switch (step) {
    case 'launched':
      await smtp.refuse();
      return wait(300);
    case 'connecting':
      return whenFired(smtp, { on: 'server-line', match: /^220 /, do: HELD });
    case 'data':
      return whenFired(smtp, oneOf(DATA_RULES, random));
    case 'accepted':
      return whenFired(smtp, { on: 'server-line', match: QUEUED, do: { delayMs: 0 } });
    case 'seen':
      return whenFired(imap, { on: 'server-line', match: TOKEN, do: { delayMs: 0 } });
    case 'settling':
      return whenToldOf('sighted', outside.port);
    case 'idle':
      return wait(500);
  }
}

const DATA_RULES: readonly Rule[] = [
  { on: 'server-line', match: /^354 /, do: HELD },
  { on: 'client-line', match: /^\.$/, do: HELD },
  { on: 'server-line', match: QUEUED, do: HELD },
];

function oneOf<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(uniform(random) * items.length)]!;
}

async function whenFired(proxy: TcpProxy, rule: Rule): Promise<void> {
  proxy.setRules(rule);
  await proxy.whenRuleFired();
}

/** Resolves once the live events tell of one of these, which they do right after its commit. */
function whenToldOf(type: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get({ port, host: '127.0.0.1', path: '/api/v1/events' }, (response) => {
      response.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes(`event: ${type}`)) resolve();
      });
      response.on('error', () => undefined); // the kill ends it
    });
    request.on('error', reject);
  });
}

/** All steps that were under way when the daemon died, by what went by outside and what the ledger had. */
export function stepsAt(outside: Outside, ledger: readonly Canary[], since: number): Set<Step> {
  const dialogues = dialoguesOf(outside.smtp.transcript);
  const told = new Set(dialogues.flatMap(({ token }) => token ?? []));
  const byToken = new Map(ledger.map((canary) => [canary.launch.token, canary]));
  const steps = new Set<Step>();

  const early = dialogues.filter(({ isOver, stage }) => !isOver && stage === 'connecting');
  if (early.length > 0) steps.add('connecting');
  const unsent = ledger.filter(
    (canary) =>
      canary.launch.launchedAt >= since && !isAnswered(canary) && !told.has(canary.launch.token),
  );
  if (unsent.length > early.length) steps.add('launched');
  if (dialogues.some(({ isOver, stage }) => !isOver && stage === 'data')) steps.add('data');
  for (const { stage, token } of dialogues) {
    const canary = byToken.get(token ?? '');
    if (stage === 'accepted' && canary !== undefined && !isAnswered(canary)) steps.add('accepted');
  }
  for (const { from, text } of outside.imap.transcript) {
    const canary = from === 'server' ? byToken.get(TOKEN.exec(text)?.[0] ?? '') : undefined;
    if (canary !== undefined && firstSighting(canary) === undefined) steps.add('seen');
  }
  const isHalf = (canary: Canary): boolean =>
    firstSighting(canary) !== undefined && isAnswered(canary) && canary.settlement === null;
  if (ledger.some(isHalf)) steps.add('settling');
  return steps.size === 0 ? new Set(['idle']) : steps;
}

function isAnswered({ acceptance, refusal, doubt }: Canary): boolean {
  return acceptance !== null || refusal !== null || doubt !== null;
}

interface Dialogue {
  readonly token: string | undefined;
  readonly stage: 'connecting' | 'data' | 'accepted';
  /** It said QUIT, or was turned away. */
  readonly isOver: boolean;
}

function dialoguesOf(transcript: readonly Passed[]): readonly Dialogue[] {
  const byConnection = new Map<number, Dialogue>();
  for (const { connection, from, text } of transcript) {
    const known = byConnection.get(connection) ?? START;
    byConnection.set(connection, follow(known, from, text));
  }
  return [...byConnection.values()];
}

const START: Dialogue = { token: undefined, stage: 'connecting', isOver: false };

function follow(dialogue: Dialogue, from: Passed['from'], text: string): Dialogue {
  if (from === 'server') return QUEUED.test(text) ? { ...dialogue, stage: 'accepted' } : dialogue;
  if (/^DATA$/i.test(text)) return { ...dialogue, stage: 'data' };
  if (/^QUIT$/i.test(text)) return { ...dialogue, isOver: true };
  return { ...dialogue, token: dialogue.token ?? TOKEN.exec(text)?.[0] };
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOpenMetrics, samplesOf, type ParsedMetrics } from './openmetrics.ts';
import { startProgram, type Program } from './program.ts';
import { findFreePorts } from './rig/processes.ts';

/** Where one daemon lives: a folder with its configuration and its ledger, and a port. */
export interface DaemonHome {
  readonly folder: string;
  /** Its URL. */
  readonly ledger: string;
  /** Of its HTTP server. */
  readonly port: number;
  writeConfig(text: string): Promise<void>;
  /** The built daemon, once it serves. */
  start(args?: readonly string[]): Promise<Program>;
  get(path: string): Promise<Response>;
  scrape(): Promise<ParsedMetrics>;
  remove(): Promise<void>;
}

/** `config` is everything but the key, the server and the ledger, which is a file of the folder where no URL is given. */
export async function createDaemonHome(config: string, url?: string): Promise<DaemonHome> {
  const folder = await mkdtemp(join(tmpdir(), 'mailcanary-daemon-'));
  const [port = 0] = await findFreePorts(1);
  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
  const home: DaemonHome = {
    folder,
    ledger: url ?? `sqlite:${join(folder, 'mailcanary.db')}`,
    port,
    async writeConfig(text) {
      const shared = `token_keys: ["a key for tests, of good length"]
server: { listen: "127.0.0.1:${port}" }
ledger: { url: "${home.ledger}" }
`;
      await writeFile(join(folder, 'mailcanary.yaml'), shared + text);
    },
    async start(args = []) {
      const program = startProgram(['run', ...args], { cwd: folder });
      await program.whenSaid(/monitor started/);
      return program;
    },
    get,
    async scrape() {
      return parseOpenMetrics(await (await get('/metrics')).text());
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  await home.writeConfig(config);
  return home;
}

/** The sum of all samples of a name, over all their labels. */
export function sumOf(metrics: ParsedMetrics, name: string): number {
  return samplesOf(metrics, name).reduce((sum, sample) => sum + sample.value, 0);
}

/** What is wrong with the two equations of the books (semantics A2, A3); undefined when they hold. */
export function imbalanceOf(metrics: ParsedMetrics): string | undefined {
  const of = (name: string): number => sumOf(metrics, `mailcanary_${name}`);
  const [accepted, judged, unjudged] = [of('accepted_total'), of('verdicts_total'), of('unjudged')];
  const [launched, outcomes] = [of('launched_total'), of('canaries')];
  if (accepted !== judged + unjudged) {
    return `accepted ${accepted} is not verdicts ${judged} + unjudged ${unjudged}`;
  }
  return launched === outcomes ? undefined : `launched ${launched} is not outcomes ${outcomes}`;
}

import { spawn } from 'node:child_process';
import { deliveryCommand } from './check-email-delivery.ts';
import { dropQuit, letter, type Fault, type Scene } from './scene.ts';

/** check_email_delivery, one run after the other. */
export function meetPlugin(fault: Fault, scene: Scene): Promise<string> {
  return PLUGIN[fault](scene);
}

const CODES = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;

async function runPlugin({ rig, user, to, proxy }: Scene): Promise<string> {
  const [command = '', ...args] = deliveryCommand(rig, {
    ...{ user, to, smtpPort: proxy.port, waitSeconds: 1, receive: '--imap-retries 3' },
  });
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit) => resolve(exit ?? 3));
  });
  process.stdout.write(`    ${said.trim().split('\n')[0] ?? ''}\n`);
  return CODES[code] ?? `exit ${code}`;
}

async function runPlugins(tools: Scene, times: number): Promise<string> {
  const counts = new Map<string, number>();
  for (let index = 0; index < times; index += 1) {
    const code = await runPlugin(tools);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].map(([code, count]) => `${code} ${count}`).join(', ');
}

const PLUGIN: Readonly<Record<Fault, (tools: Scene) => Promise<string>>> = {
  async quit(tools) {
    const [first] = await Promise.all([runPlugin(tools), dropQuit(tools)]);
    return `${first} in the run with the fault, then ${await runPlugins(tools, 3)}`;
  },
  duplicate: (tools) => runPlugins(tools, 4),
  async forged(tools) {
    for (let index = 0; index < 5; index += 1) {
      await tools.rig.deliver(tools.user, letter(`Nagios ${index}-XYZ`, 'nothing'));
    }
    return `${await runPlugins(tools, 3)}; a token is of one run`;
  },
  async restart(tools) {
    tools.rig.defer();
    const during = await runPlugins(tools, 2);
    await tools.rig.release();
    const after = await runPlugins(tools, 2);
    return `${during} while mail waits, then ${after}; nothing is remembered, so nobody tells what became of the two`;
  },
  loss: (tools) => runPlugins(tools, 6),
};

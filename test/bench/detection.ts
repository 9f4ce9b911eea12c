import type { Canary } from '../../src/domain/canary.ts';
import { firstSighting } from '../../src/domain/canary.ts';
import { probeOnce } from '../../src/engine/probe-once.ts';
import type { MailRig } from '../support/rig/mail-rig.ts';
import { startMonitor } from '../support/monitor.ts';

export interface Detection {
  /** From the final 250 to the end of the look that saw the mail, in milliseconds. */
  readonly delaysMs: readonly number[];
  readonly commandsPerCanary: number;
  /** CPU of this process for one canary: launch, dialogue, looks, ledger; in milliseconds. */
  readonly cpuMsPerCanary: number;
}

/** One canary after the other through the real program; the delay of each. */
export async function measureDetection(rig: MailRig, count: number): Promise<Detection> {
  const user = await rig.addUser();
  let commands = 0;
  const monitor = await startMonitor({
    rig,
    user,
    onLook: (report) => {
      if (report.type === 'looked') commands += report.look.requests;
    },
  });
  const { app, order } = monitor;
  const signal = new AbortController().signal;
  const delaysMs: number[] = [];
  const once = async (): Promise<Canary | undefined> => {
    const tools = { ...app, clock: { sleep: () => Promise.resolve() } as never };
    const [canary] = await probeOnce({ order, count: 1, intervalMs: 0, signal }, tools);
    return canary;
  };
  try {
    await once(); // connections, folders and code paths are warm
    commands = 0;
    const before = process.cpuUsage();
    for (let index = 0; index < count; index += 1) {
      const canary = await once();
      const seen = canary === undefined ? undefined : firstSighting(canary);
      const accepted = canary?.acceptance?.at.high;
      if (seen === undefined || accepted === undefined) throw new Error('a canary did not arrive');
      delaysMs.push(Math.max(0, seen.seenAt - accepted));
    }
    const cpu = process.cpuUsage(before);
    return {
      delaysMs,
      commandsPerCanary: commands / count,
      cpuMsPerCanary: (cpu.user + cpu.system) / 1_000 / count,
    };
  } finally {
    await monitor.stop();
  }
}

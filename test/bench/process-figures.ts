import { readFile } from 'node:fs/promises';

/** What the kernel counted for one process; independent of what else the machine does. */
export interface ProcessFigures {
  /** User and system time in milliseconds, in steps of 10. */
  readonly cpuMs: number;
  readonly rssMb: number;
  readonly peakRssMb: number;
}

/** Linux counts in hundredths of a second (USER_HZ). */
const TICK_MS = 10;

/** @throws Error (ENOENT) when the process is gone. */
export async function figuresOf(pid: number): Promise<ProcessFigures> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold anything; after it, the 12th and 13th field (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_024;
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    rssMb: megabytes('VmRSS'),
    peakRssMb: megabytes('VmHWM'),
  };
}

import { readdirSync, readFileSync } from 'node:fs';

/** Fields after the name in brackets of `/proc/<pid>/stat` (proc_pid_stat(5)); empty where the system does not say. */
const statOf = (pid: number): readonly string[] => {
  try {
    const [, after = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    return after.split(' ');
  } catch {
    return [];
  }
};

/** Hundredths of a second (USER_HZ), fields 14 and 15; with `reaped` those of children that ended, 16 and 17, as well. */
const ticksOf = (fields: readonly string[], reaped: boolean): number =>
  Number(fields[11]) + Number(fields[12]) + (reaped ? Number(fields[13]) + Number(fields[14]) : 0);

/** Processor seconds of a process so far, all its threads; not a number where the system does not say. */
export const cpuSecondsOf = (pid: number): number => ticksOf(statOf(pid), false) / 100;

/** Processor seconds of a process and of every child it has or had. */
export const cpuSecondsWithChildren = (pid: number): number => {
  let ticks = ticksOf(statOf(pid), true);
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/u.test(name)) continue;
    const fields = statOf(Number(name));
    if (Number(fields[1]) === pid) ticks += ticksOf(fields, false);
  }
  return ticks / 100;
};

/** Resident memory in kibibytes, as the kernel counts it; undefined where it does not say. */
export const residentKiBOf = (pid: number): number | undefined => {
  try {
    const found = /^VmRSS:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return found === undefined ? undefined : Number(found);
  } catch {
    return undefined;
  }
};

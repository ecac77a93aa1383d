import { readFileSync, readdirSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second (USER_HZ), independent of the kernel's own tick. */
const MS_PER_TICK = 10;
const BYTES_PER_KIB = 1_024;
/** Positions after the command's closing parenthesis in /proc/<pid>/stat (proc_pid_stat(5)). */
const PARENT = 1;
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;
const REAPED_USER_TICKS = 13;
const REAPED_SYSTEM_TICKS = 14;

/** CPU milliseconds a process has used so far; NaN where there is no /proc. */
export function cpuMsOf(pid: number): number {
  const stat = statOf(pid);
  return stat ? (at(stat, USER_TICKS) + at(stat, SYSTEM_TICKS)) * MS_PER_TICK : Number.NaN;
}

/** CPU milliseconds of a process and its descendants, those that have ended included; NaN where there is no /proc. */
export function cpuMsOfFamily(pid: number): number {
  const stat = statOf(pid);
  if (!stat) return Number.NaN;
  const reaped = (at(stat, REAPED_USER_TICKS) + at(stat, REAPED_SYSTEM_TICKS)) * MS_PER_TICK;
  const children = readdirSync('/proc').filter((name) => parentOf(Number(name)) === pid);
  // A child that ends meanwhile is among the reaped ones at the next call.
  const alive = children.map((name) => cpuMsOfFamily(Number(name))).filter((ms) => !Number.isNaN(ms));
  return cpuMsOf(pid) + reaped + alive.reduce((sum, ms) => sum + ms, 0);
}

/** Resident memory of a process; NaN where there is no /proc. */
export function residentBytesOf(pid: number): number {
  try {
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib) * BYTES_PER_KIB;
  } catch {
    return Number.NaN;
  }
}

/** NaN for a process that is not there. */
export function parentOf(pid: number): number {
  const stat = Number.isNaN(pid) ? null : statOf(pid);
  return stat ? at(stat, PARENT) : Number.NaN;
}

function at(stat: readonly string[], position: number): number {
  return Number(stat[position]);
}

function statOf(pid: number): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    // The process has ended, or this is not Linux.
    return null;
  }
}

import { spawnSync } from 'node:child_process';

const USER = process.getuid?.() ?? 0;
const GROUP = process.getgid?.() ?? 0;

/** A separate namespace in which a program may mount; root needs no new user for it. */
const NAMESPACE = USER === 0 ? ['unshare', '--mount'] : ['unshare', '--user', '--map-root-user', '--mount'];
const [PROGRAM = '', ...ARGUMENTS] = NAMESPACE;
/** Who mounted as root of a namespace is again who they were: a Postgres refuses to run as root. */
const AS_BEFORE = USER === 0 ? '' : `unshare --user --map-user=${USER} --map-group=${GROUP}`;

/** Whether processes on this machine may mount a disk. Most containers forbid it. */
export const MAY_MOUNT = spawnSync(PROGRAM, [...ARGUMENTS, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

/** The error of the system when the space of `inLittleSpace` is used up. */
export const NO_SPACE = MAY_MOUNT ? 'ENOSPC' : 'EFBIG';

/**
 * A command whose process has little space at `folder`: a disk of this size that only it sees and can fill. If mounting is
 * not permitted, a limit on the size of each of its files instead.
 */
export function inLittleSpace(folder: string, kilobytes: number, command: readonly string[]): [string, ...string[]] {
  if (!MAY_MOUNT) return ['sh', '-c', `ulimit -S -f ${kilobytes * 2}; exec "$@"`, 'sh', ...command];
  const script = `mount -t tmpfs -o mode=755,size=${kilobytes}k tmpfs "$0" && exec ${AS_BEFORE} "$@"`;
  return inNamespace(script, folder, command);
}

/** The folder as a process of `inLittleSpace` sees it, for others. */
export function seenBy(pid: number, folder: string): string {
  return `/proc/${pid}/root${folder}`;
}

/** A script that may mount, seen by the command it starts alone; `$0` is the folder, `"$@"` the command. */
export function inNamespace(script: string, folder: string, command: readonly string[]): [string, ...string[]] {
  return [PROGRAM, ...ARGUMENTS, 'sh', '-c', script, folder, ...command];
}

import { join } from 'node:path';
import { JAIL_SCRIPT } from './jail-script';
import type { ShellLimits } from './shell-settings';

/** Where programs see the workspace: the folder it really is stays unknown to them. */
export const JAIL_WORKSPACE = '/workspace';
/** Fixed: nothing of the server's own environment reaches a program. */
export const JAIL_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin';
/** Open files of a process. */
const OPEN_FILES = 1_024;
/** Numbers of a pid namespace that the system keeps for itself once it starts over (RESERVED_PIDS). */
const RESERVED_PROCESS_IDS = 300;
/** Between the signal that says the CPU time is up and the one that cannot be caught. */
const CPU_GRACE_SECONDS = 1;

/**
 * `bwrap`: bubblewrap. `namespaces`: the same by hand, see jail-script.ts. `none`: a program runs with all rights of the server,
 * with an empty environment and, where `prlimit` exists, within its limits.
 */
export type SandboxKind = 'bwrap' | 'namespaces' | 'none';

/** A thing that programs see besides the workspace. `link`: a symbolic link at `to` that says `from`. */
export interface JailMount {
  readonly kind: 'ro' | 'rw' | 'link';
  readonly from: string;
  readonly to: string;
}

/** Helpers of the system, absolute; null for what is missing. */
export type HelperName = 'bwrap' | 'unshare' | 'setpriv' | 'prlimit' | 'sh' | 'env';
export type Helpers = Readonly<Record<HelperName, string | null>>;

export interface Sandbox {
  readonly kind: SandboxKind;
  readonly helpers: Helpers;
  /** Programs and libraries of the system. */
  readonly system: readonly JailMount[];
  /** The server runs as root on a system whose pid namespaces have a limit of their own. */
  readonly limitsRoot: boolean;
}

export interface JailedCommand {
  /** Absolute path of the program, then its arguments. */
  readonly argv: readonly string[];
  /** Absolute root of the workspace. */
  readonly workspace: string;
  readonly writable: boolean;
  /** Folder inside the workspace, `.` for its root. */
  readonly path: string;
  /** Files inside the workspace that are shown as empty. */
  readonly hidden: readonly string[];
  /** Besides the system's own. */
  readonly readable: readonly JailMount[];
  readonly env: Readonly<Record<string, string>>;
  readonly limits: ShellLimits;
}

/** The whole command line for a command, to be started with an empty environment. */
export function sandboxed(sandbox: Sandbox, command: JailedCommand): readonly string[] {
  const { kind, helpers } = sandbox;
  const limited = [
    ...limitPrefix(sandbox, command.limits),
    ...environmentPrefix(helpers, command.env),
    ...command.argv,
  ];
  switch (kind) {
    case 'bwrap':
      return [needed(helpers, 'bwrap'), ...bubblewrapArguments(sandbox, command), '--', ...limited];
    case 'namespaces':
      return [...namespacePrefix(sandbox), ...scriptArguments(sandbox, command), ...limited];
    case 'none':
      return limited;
  }
}

function limitPrefix({ kind, helpers }: Sandbox, limits: ShellLimits): string[] {
  if (helpers.prlimit === null) return [];
  return [
    helpers.prlimit,
    `--cpu=${limits.cpuSeconds}:${limits.cpuSeconds + CPU_GRACE_SECONDS}`,
    // Not the address space, of which some runtimes reserve far more than they use.
    `--data=${limits.memoryBytes}`,
    `--fsize=${limits.fileBytes}`,
    `--nofile=${OPEN_FILES}`,
    '--core=0',
    // Outside a namespace it would count everything that the server's account runs.
    ...(kind === 'none' ? [] : [`--nproc=${limits.processes}`]),
    '--',
  ];
}

/** What starts a program may leave traces in its environment (PWD, OLDPWD), so it is emptied at the very end. */
function environmentPrefix({ env }: Helpers, constants: Readonly<Record<string, string>>): string[] {
  if (env === null) return [];
  return [env, '-i', ...Object.entries(constants).map(([name, value]) => `${name}=${value}`)];
}

function mounts({ system }: Sandbox, command: JailedCommand): JailMount[] {
  return [
    ...system,
    ...command.readable,
    { kind: command.writable ? 'rw' : 'ro', from: command.workspace, to: JAIL_WORKSPACE },
    ...(command.writable ? foldersOf(command.hidden) : []).map((path): JailMount => ({
      kind: 'rw',
      from: join(command.workspace, path),
      to: join(JAIL_WORKSPACE, path),
    })),
    ...command.hidden.map((path): JailMount => ({ kind: 'ro', from: '/dev/null', to: join(JAIL_WORKSPACE, path) })),
  ];
}

/** The folders on the way to hidden files: a mount of its own cannot be moved, and the files with it, to where no rule hides them. */
function foldersOf(hidden: readonly string[]): string[] {
  const folders = hidden.flatMap((path) => {
    const names = path.split('/').slice(0, -1);
    return names.map((_, index) => names.slice(0, index + 1).join('/'));
  });
  return [...new Set(folders)].sort();
}

const BWRAP_OPTION = { ro: '--ro-bind', rw: '--bind', link: '--symlink' } as const;

function bubblewrapArguments(sandbox: Sandbox, command: JailedCommand): string[] {
  return [
    ...['--unshare-all', '--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--hostname', 'sandbox'],
    ...['--proc', '/proc', '--dev', '/dev', '--size', String(command.limits.memoryBytes), '--tmpfs', '/tmp'],
    ...mounts(sandbox, command).flatMap(({ kind, from, to }) => [BWRAP_OPTION[kind], from, to]),
    // /proc/sys takes what root writes there without any capability.
    ...[
      '--remount-ro',
      '/proc',
      '--remount-ro',
      '/dev',
      '--remount-ro',
      '/',
      '--chdir',
      join(JAIL_WORKSPACE, command.path),
    ],
  ];
}

/** Dies with the server, and takes the whole pid namespace along. */
function namespacePrefix({ helpers }: Sandbox): string[] {
  return [
    ...[needed(helpers, 'setpriv'), '--pdeathsig', 'KILL', '--', needed(helpers, 'unshare')],
    ...['--user', '--map-root-user', '--mount', '--pid', '--net', '--ipc', '--uts', '--fork', '--kill-child', '--'],
  ];
}

function scriptArguments(sandbox: Sandbox, command: JailedCommand): string[] {
  const { memoryBytes, processes } = command.limits;
  const devices = ['null', 'zero', 'full', 'random', 'urandom'].map((name): JailMount => ({
    kind: 'ro',
    from: `/dev/${name}`,
    to: `/dev/${name}`,
  }));
  return [
    ...[needed(sandbox.helpers, 'sh'), '-c', JAIL_SCRIPT, 'sh', String(memoryBytes)],
    String(sandbox.limitsRoot ? processes + RESERVED_PROCESS_IDS : 0),
    ...[...devices, ...mounts(sandbox, command)].flatMap(({ kind, from, to }) => [kind, from, to]),
    ...['--', join(JAIL_WORKSPACE, command.path)],
  ];
}

function needed(helpers: Helpers, name: HelperName): string {
  const path = helpers[name];
  if (path === null) throw new Error(`The sandbox needs ${name}, which is missing.`);
  return path;
}

import { join } from 'node:path';
import { JAIL_SCRIPT } from './jail-script';
import type { ShellLimits } from './shell-settings';

/** Where programs see the workspace. Programs do not learn its real path. */
export const JAIL_WORKSPACE = '/workspace';
/** Fixed search path: programs receive nothing from the server's environment. */
export const JAIL_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin';
/** Maximum open files of a process. */
const OPEN_FILES = 1_024;
/** Process ids that the kernel reserves once the ids of a pid namespace wrap around (RESERVED_PIDS). */
const RESERVED_PROCESS_IDS = 300;
/** Time between the signal for exhausted CPU time and the one that cannot be caught. */
const CPU_GRACE_SECONDS = 1;

/**
 * `bwrap`: bubblewrap. `namespaces`: the same built from namespaces, see jail-script.ts. `none`: a program runs with all rights of
 * the server, with an empty environment and, where `prlimit` exists, within its limits.
 */
export type SandboxKind = 'bwrap' | 'namespaces' | 'none';

/** A path that programs see besides the workspace. `link`: a symbolic link at `to` with the target `from`. */
export interface JailMount {
  readonly kind: 'ro' | 'rw' | 'link';
  readonly from: string;
  readonly to: string;
}

/** Absolute paths of the system's helpers; null for a missing one. */
export type HelperName = 'bwrap' | 'unshare' | 'setpriv' | 'prlimit' | 'sh' | 'env';
export type Helpers = Readonly<Record<HelperName, string | null>>;

export interface Sandbox {
  readonly kind: SandboxKind;
  readonly helpers: Helpers;
  /** Programs and libraries of the system. */
  readonly system: readonly JailMount[];
  /** The server runs as root, and pid namespaces have their own process limit. */
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
  /** Files inside the workspace that appear empty. */
  readonly hidden: readonly string[];
  /** Mounts besides those of the system. */
  readonly readable: readonly JailMount[];
  readonly env: Readonly<Record<string, string>>;
  readonly limits: ShellLimits;
}

/** The complete command line for a command. It must be started with an empty environment. */
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
    // Limit data, not address space: some runtimes reserve far more than they use.
    `--data=${limits.memoryBytes}`,
    `--fsize=${limits.fileBytes}`,
    `--nofile=${OPEN_FILES}`,
    '--core=0',
    // Outside a namespace the limit would count all processes of the server's account.
    ...(kind === 'none' ? [] : [`--nproc=${limits.processes}`]),
    '--',
  ];
}

/** The launchers may add variables (PWD, OLDPWD), so the environment is emptied last. */
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

/** Parent folders of hidden files. Each becomes a mount, which cannot be moved to where no rule hides its files. */
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
    // Root can write to /proc/sys without any capability.
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

/** The program dies with the server, together with its pid namespace. */
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

import { constants } from 'node:fs';
import { access, lstat, mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { release, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runProcess } from './child-process';
import {
  JAIL_PATH,
  sandboxed,
  type HelperName,
  type Helpers,
  type JailMount,
  type Sandbox,
  type SandboxKind,
} from './sandbox';
import { limitsOf } from './shell-settings';

/** Folders of programs and libraries. Missing folders are skipped. */
const SYSTEM_FOLDERS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
/** The files of /etc needed to start a program. The rest reveals accounts, networks and keys. */
const SYSTEM_FILES = ['/etc/alternatives', '/etc/ld.so.cache', '/etc/localtime', '/etc/ssl/openssl.cnf'];
/** A sandbox that takes longer to start counts as not working. */
const PROBE_WALL_MS = 10_000;
const PROBE_OUTPUT_BYTES = 2_048;
const REASON_MAX_CHARS = 200;
/** First Linux with a process limit for each pid namespace. In older versions the setting applies to the whole host. */
const OWN_PID_LIMIT_SINCE = { major: 6, minor: 14 };
/** Succeeds if it sees the workspace, cannot write to it or to kernel settings, and does not see the file beside it. */
const CANARY =
  'test -f inside && ! test -e "$1" && ! test -w /proc/sys/kernel/core_pattern && ! { true >inside; } 2>/dev/null';

export interface ProbeResult {
  /** The best working sandbox; null when no kind works. */
  readonly sandbox: Sandbox | null;
  /** Runs programs without a sandbox, for the settings `preferred` and `off`. */
  readonly unconfined: Sandbox;
  /** Why each failed kind does not work. */
  readonly failures: readonly { readonly kind: SandboxKind; readonly reason: string }[];
}

/** Probes the sandboxes of this system once, when the server starts. A sandbox that does not work is never an error. */
export async function probeSandbox(): Promise<ProbeResult> {
  const helpers = await findHelpers();
  const shared = { helpers, system: await systemMounts(), limitsRoot: process.geteuid?.() === 0 && hasOwnPidLimit() };
  const failures: { kind: SandboxKind; reason: string }[] = [];
  for (const [kind, names] of CANDIDATES) {
    const sandbox: Sandbox = { kind, ...shared };
    const reason = missingHelpers(helpers, names) ?? (await sandboxFailure(sandbox));
    if (reason === null) return { sandbox, unconfined: { ...shared, kind: 'none' }, failures };
    failures.push({ kind, reason });
  }
  return { sandbox: null, unconfined: { ...shared, kind: 'none' }, failures };
}

const CANDIDATES: readonly (readonly [SandboxKind, readonly HelperName[]])[] = [
  ['bwrap', ['bwrap', 'prlimit', 'env']],
  ['namespaces', ['unshare', 'setpriv', 'prlimit', 'sh', 'env']],
];

/** @returns the absolute path of a program in the fixed search path; null when it is missing */
export async function findProgram(name: string): Promise<string | null> {
  for (const folder of JAIL_PATH.split(delimiter)) {
    const path = join(folder, name);
    if (await isProgram(path)) return path;
  }
  return null;
}

export async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    // The file is missing or not executable for us.
    return false;
  }
}

async function findHelpers(): Promise<Helpers> {
  const [bwrap, unshare, setpriv, prlimit, sh, env] = await Promise.all([
    findProgram('bwrap'),
    findProgram('unshare'),
    findProgram('setpriv'),
    findProgram('prlimit'),
    findProgram('sh'),
    findProgram('env'),
  ]);
  return { bwrap, unshare, setpriv, prlimit, sh, env };
}

function missingHelpers(helpers: Helpers, names: readonly HelperName[]): string | null {
  const missing = names.filter((name) => helpers[name] === null);
  return missing.length > 0 ? `not installed: ${missing.join(', ')}` : null;
}

async function systemMounts(): Promise<JailMount[]> {
  const found = await Promise.all(
    [...SYSTEM_FOLDERS, ...SYSTEM_FILES].map(async (path): Promise<JailMount | null> => {
      try {
        // Follow links below /etc, because their targets may be missing in the sandbox.
        if (!path.startsWith('/etc/') && (await lstat(path)).isSymbolicLink()) {
          return { kind: 'link', from: await readlink(path), to: path };
        }
        await access(path);
        return { kind: 'ro', from: path, to: path };
      } catch {
        // This system does not have the path.
        return null;
      }
    }),
  );
  return found.filter((mount) => mount !== null);
}

/** Runs a harmless program in the sandbox. @returns null when it sees exactly what it should, else the reason */
export async function sandboxFailure(sandbox: Sandbox): Promise<string | null> {
  let folder: string | null = null;
  try {
    folder = await mkdtemp(join(tmpdir(), 'assent-sandbox-'));
    const workspace = join(folder, 'workspace');
    const outside = join(folder, 'outside');
    await mkdir(workspace);
    await writeFile(join(workspace, 'inside'), '');
    await writeFile(outside, '');
    const argv = sandboxed(sandbox, {
      argv: [sandbox.helpers.sh ?? '/bin/sh', '-c', CANARY, 'sh', outside],
      workspace,
      writable: false,
      path: '.',
      hidden: [],
      readable: [],
      env: {},
      limits: limitsOf({}),
    });
    const end = await runProcess({
      argv,
      cwd: '/',
      env: { PATH: JAIL_PATH },
      wallMs: PROBE_WALL_MS,
      outputBytes: PROBE_OUTPUT_BYTES,
      signal: new AbortController().signal,
    });
    if (end.ended === 'exit' && end.exitCode === 0) return null;
    const [said = ''] = end.stderr.trim().split('\n');
    return said === '' ? `it ended with code ${end.exitCode}` : said.slice(0, REASON_MAX_CHARS);
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message.slice(0, REASON_MAX_CHARS) : 'it cannot be started';
  } finally {
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  }
}

function hasOwnPidLimit(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const { major: since, minor: sinceMinor } = OWN_PID_LIMIT_SINCE;
  return major > since || (major === since && minor >= sinceMinor);
}

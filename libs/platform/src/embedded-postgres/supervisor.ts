import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { AssentError } from '@assent/contract';
import { cannotSwitch, type Account } from './account';
import { CHILD_ENVIRONMENT } from './run-program';
import { hasCode } from './system-error';

/** A running Postgres, or the last lines of one that failed to start. */
export type Launch =
  { readonly ready: true; stop(): Promise<void> } | { readonly ready: false; readonly lines: string[] };

export interface LaunchOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** The data directory; entered before the user is switched. */
  readonly cwd: string;
  readonly account: Account | undefined;
  /** A process id in a left-over postmaster.pid that is known not to be a Postgres. */
  readonly stalePid: number | undefined;
  /** Grace period before Postgres is killed; the next start then recovers from the log. */
  readonly stopGraceSeconds: number;
  readonly onLog: (line: string) => void;
}

/**
 * Stops Postgres when our end of its standard input closes: by `stop`, or by the kernel when we are killed. SIGINT is
 * the fast shutdown of Postgres: it ends sessions and flushes everything. It is repeated each second, because a
 * Postgres that has just started does not handle it yet. SIGQUIT ends it at once. If setpriv supports it (Linux),
 * Postgres also gets a SIGINT from the kernel when this script is killed. At the end the script ends its watcher and
 * the watcher's children: all are one process group.
 */
const SUPERVISE = `
grace=$1
shift
exec 3<&0 </dev/null
if setpriv --pdeathsig INT true 2>/dev/null; then set -- setpriv --pdeathsig INT "$@"; fi
"$@" 3<&- &
postgres=$!
(
  read -r _ <&3
  while [ "$grace" -gt 0 ] && kill -INT "$postgres"; do
    sleep 1 || exit
    grace=$((grace - 1))
  done
  kill -QUIT "$postgres"
) >/dev/null 2>&1 &
wait "$postgres"
status=$?
trap '' TERM
kill -TERM 0
exit "$status"
`;

const READY = 'database system is ready to accept connections';
/** Recovery replays at most max_wal_size of log; a disk that needs longer for it is faulty. */
const READY_LIMIT_MS = 120_000;
/** The end of the output names the cause of a failure. */
const LINES_KEPT = 40;

/**
 * Starts Postgres in a session of its own: a Ctrl-C in the terminal reaches the server, but not the database it still
 * needs.
 */
export async function launch(options: LaunchOptions): Promise<Launch> {
  const child = await spawnSupervisor(options);
  const ended = once(child, 'exit');
  const lines: string[] = [];
  const ready = new Promise<'ready'>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      options.onLog(line);
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
      if (line.includes(READY)) resolve('ready');
    });
  });

  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= ended.then(() => undefined);
    child.ref();
    child.stdin.end();
    return stopping;
  };
  const outcome = await firstOf(ready, once(child, 'close'));
  if (outcome === 'closed') return { ready: false, lines };
  if (outcome === 'late') {
    await stop();
    const limit = String(READY_LIMIT_MS / 1_000);
    throw new AssentError(
      'timeout',
      `Postgres was not ready after ${limit} s. Its last line: ${lines.at(-1) ?? '(none)'}`,
    );
  }
  void ended.then(([code]) => {
    if (stopping === undefined) options.onLog(`Postgres ended unexpectedly (status ${String(code)})`);
  });
  // A server that fails at boot must be able to exit, and the database with it.
  child.unref();
  (child.stderr as Readable & { unref(): void }).unref();
  return { ready: true, stop };
}

async function spawnSupervisor(options: LaunchOptions): Promise<ChildProcessByStdio<Writable, null, Readable>> {
  const { program, args, cwd, account, stalePid, stopGraceSeconds } = options;
  try {
    const child = spawn('/bin/sh', ['-c', SUPERVISE, 'supervise', String(stopGraceSeconds), program, ...args], {
      cwd,
      // Postgres accepts a left-over postmaster.pid as valid if that process exists, unless it is its parent.
      env: { ...CHILD_ENVIRONMENT, ...(stalePid !== undefined && { PG_GRANDPARENT_PID: String(stalePid) }) },
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
      ...account,
    });
    // Nothing is ever written to it; a Postgres that has exited closed it.
    child.stdin.on('error', () => undefined);
    await once(child, 'spawn');
    return child;
  } catch (error) {
    if (account !== undefined && hasCode(error, ['EPERM', 'EINVAL'])) throw cannotSwitch(account, error);
    throw error;
  }
}

async function firstOf(ready: Promise<'ready'>, closed: Promise<unknown>): Promise<'ready' | 'closed' | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, READY_LIMIT_MS, 'late');
  });
  const outcome = await Promise.race([ready, late, closed.then(() => 'closed' as const)]);
  clearTimeout(timer);
  return outcome;
}

import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { copyWorkspace, type Example } from './example';

/** The bundled server, as `npm start` runs it, seen from dist/apps/cli/src/demo. */
const SERVER = join(__dirname, '../../../../server/main.js');
const READY = /Assent is ready at (\S+)/;
/** Creating a database on a slow disk takes the longest; a server that needs more time than this hangs. */
const START_LIMIT_MS = 120_000;
/** Slightly longer than the server's own limit (SHUTDOWN_GRACE_SECONDS, 20 s). */
const STOP_LIMIT_MS = 25_000;
/** Number of last output lines to show when the server does not start. */
const TAIL_LINES = 15;
const KEY_BYTES = 24;
/** Settings of a person's own server that must not reach this one: above all no database but its own. */
const NOT_PASSED_ON = ['DATABASE_URL', 'POLICY_FILE', 'ALLOWED_HOSTS', 'ALLOWED_ORIGINS', 'SELF_APPROVAL'];

/** The demo's own server: a child process on a copy of the example, with a temporary database. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly url: string,
    readonly developerKey: string,
    readonly reviewerKey: string,
  ) {}

  /** @throws Error with the last output of the server when it does not start; the signal's reason */
  static async start(example: Example, signal: AbortSignal): Promise<ServerProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'assent-demo-'));
    let child: ChildProcess | undefined;
    try {
      await copyWorkspace(join(folder, 'workspace'), example);
      const [developerKey, reviewerKey] = [newKey(), newKey()];
      child = spawn(process.execPath, [SERVER], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: environment({
          HOST: '127.0.0.1',
          PORT: '0',
          DATA_DIR: join(folder, 'data'),
          WORKSPACES: `example=${join(folder, 'workspace')}`,
          DEVELOPER_KEY: developerKey,
          REVIEWER_KEY: reviewerKey,
          LOG_LEVEL: 'warn',
        }),
      });
      return new ServerProcess(child, folder, await ready(child, signal), developerKey, reviewerKey);
    } catch (error) {
      await stop(child);
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Where a file of its workspace is on disk. */
  pathOf(path: string): string {
    return join(this.folder, 'workspace', path);
  }

  async close(): Promise<void> {
    await stop(this.child);
    await rm(this.folder, { recursive: true, force: true });
  }
}

function environment(own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const passed = Object.entries(process.env).filter(([name]) => !NOT_PASSED_ON.includes(name));
  return { ...Object.fromEntries(passed), ...own };
}

/**
 * The address on which it reports that it listens. Its output is read until it exits, because a full pipe would block
 * it.
 */
async function ready(child: ChildProcess, signal: AbortSignal): Promise<string> {
  const tail: string[] = [];
  const giveUp = AbortSignal.any([signal, AbortSignal.timeout(START_LIMIT_MS)]);
  return new Promise((resolve, reject) => {
    const onLine = (line: string): void => {
      const url = READY.exec(line)?.[1];
      if (url !== undefined) resolve(url);
      tail.push(line);
      tail.splice(0, tail.length - TAIL_LINES);
    };
    for (const input of [child.stdout, child.stderr]) if (input) createInterface({ input }).on('line', onLine);
    child.once('error', reject);
    child.once('close', () =>
      reject(new Error(`The server ended before it was ready. Its last output:\n${tail.join('\n')}`)),
    );
    giveUp.addEventListener('abort', () => {
      const reason: unknown = signal.aborted
        ? signal.reason
        : new Error(`The server was not ready in time:\n${tail.join('\n')}`);
      reject(reason instanceof Error ? reason : new Error(String(reason)));
    });
  });
}

async function stop(child: ChildProcess | undefined): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const killTimer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await exited;
  clearTimeout(killTimer);
}

function newKey(): string {
  return randomBytes(KEY_BYTES).toString('hex');
}

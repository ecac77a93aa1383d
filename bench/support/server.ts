import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(__dirname, '../../dist/server/main.js');
const READY = /Assent is ready at (\S+)/;
const SERIOUS = /^\{.*"level":"?(?:warn|error|fatal|[456]0)\b/;
const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 25_000;

export const KEYS = {
  developer: 'bench-developer-key-0123456789abcdef',
  reviewer: 'bench-reviewer-key-0123456789abcdefg',
};

/** Settings of every server in a bench; nothing of a person's own environment but the path. */
export const SERVER_ENVIRONMENT = {
  PATH: process.env['PATH'],
  HOST: '127.0.0.1',
  PORT: '0',
  LOG_LEVEL: 'warn',
  DEVELOPER_KEY: KEYS.developer,
  REVIEWER_KEY: KEYS.reviewer,
};

/** A real server process: the built code, as `npm start` runs it. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** From spawn until the server reports that it is ready, in milliseconds. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Default: node on the built server. */
  readonly command?: readonly [program: string, ...args: string[]];
  /** Called with every line that the server writes. */
  readonly onLine?: (line: string) => void;
}

/** With BENCH_PROFILE_DIR set, the server writes a CPU profile there when it ends. */
export async function startServer({ env, command, onLine }: ServerOptions): Promise<ServerProcess> {
  const profileDir = process.env['BENCH_PROFILE_DIR'];
  const profile = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const [program, ...args] = command ?? [process.execPath, ...profile, MAIN];
  const startedAt = performance.now();
  // A separate process group: npm does not pass every signal on to its children.
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...SERVER_ENVIRONMENT, ...env },
    detached: true,
  });
  const url = await untilReady(child, onLine);
  return {
    url,
    pid: child.pid ?? 0,
    readyMs: performance.now() - startedAt,
    stop: () => stop(child),
  };
}

async function untilReady(child: ChildProcess, onLine?: (line: string) => void): Promise<string> {
  const lines: string[] = [];
  let ready = false;
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      signalGroup(child, 'SIGKILL');
      reject(new Error(`The server ${what}:\n${lines.join('\n')}`));
    };
    const limit = setTimeout(() => fail('was not ready in time'), READY_LIMIT_MS);
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        onLine?.(line);
        // Warnings and errors of the server under test must be visible beside its figures.
        if (ready && SERIOUS.test(line)) process.stderr.write(`  server: ${line}\n`);
        if (ready) return;
        lines.push(line);
        const url = READY.exec(line)?.[1];
        if (url === undefined) return;
        ready = true;
        clearTimeout(limit);
        resolve(url);
      });
    }
    child.once('exit', () => {
      clearTimeout(limit);
      if (!ready) fail('ended before it was ready');
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  signalGroup(child, 'SIGTERM');
  const killTimer = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_LIMIT_MS);
  await closed;
  clearTimeout(killTimer);
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The process group has already ended.
  }
}

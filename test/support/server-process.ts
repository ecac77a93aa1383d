import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { scaled } from './limits';

const MAIN = join(__dirname, '../../dist/server/main.js');
/** The banner, or the line of the log that stands for it in production. */
const READY = /Assent is ready at (\S+)|"url":"([^"]+)".*"listening"/;
/** A cold start, on an idle machine. */
const READY_WITHIN_MS = 60_000;

export const DEVELOPER_KEY = 'test-developer-key-0123456789abcdef';
export const REVIEWER_KEY = 'test-reviewer-key-0123456789abcdefg';

/** A real server process: built code, its own port, the given database. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** Everything it wrote to stdout and stderr, line by line. */
  readonly lines: readonly string[];
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

export interface ServerSettings {
  readonly databaseUrl?: string;
  readonly workspaces: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Program and arguments that replace this machine's Node and the built server. */
  readonly command?: readonly [string, ...string[]];
}

/** This machine's Node and the built server. */
export const SERVER_COMMAND = [process.execPath, MAIN] as const;

/** A server process that may end before it is ready. */
export interface LaunchedServer {
  /** Rejects when it ends before. */
  readonly ready: Promise<ServerProcess>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

export function startServer(settings: ServerSettings): Promise<ServerProcess> {
  return launchServer(settings).ready;
}

export function launchServer(settings: ServerSettings): LaunchedServer {
  const { databaseUrl, workspaces, env = {}, command = SERVER_COMMAND } = settings;
  const [program, ...args] = command;
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      DEVELOPER_KEY,
      REVIEWER_KEY,
      WORKSPACES: workspaces,
      // A recall that a loaded machine makes late is no fault of the server.
      MEMORY_RECALL_MS: '10000',
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      ...env,
    },
  });
  const lines: string[] = [];
  const gone = once(child, 'exit') as Promise<[number | null]>;
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  const ready = untilReady(child, lines).then((url) => ({
    url,
    pid: child.pid ?? 0,
    lines,
    stop: async () => {
      child.kill('SIGTERM');
      return (await gone)[0];
    },
    kill,
    signal: (signal: NodeJS.Signals) => void child.kill(signal),
  }));
  return { ready, kill };
}

function untilReady(child: ChildProcess, lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail('was not ready in time'), scaled(READY_WITHIN_MS));
    const fail = (what: string): void => {
      child.kill('SIGKILL');
      reject(new Error(`The server ${what}:\n${lines.join('\n')}`));
    };
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const [, reported, logged] = READY.exec(line) ?? [];
        const url = reported ?? logged;
        if (url === undefined) return;
        clearTimeout(timer);
        resolve(url);
      });
    }
    child.once('exit', () => {
      clearTimeout(timer);
      fail('ended');
    });
  });
}

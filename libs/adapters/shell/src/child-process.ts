import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type { TextFilter } from '@assent/tools';
import { KeptOutput } from './kept-output';

/** A program that prints more than this multiple of the kept output is ended, because dropped output still costs time. */
const FLOOD_FACTOR = 64;
/** Time to wait for the output of an ended program when a child it left behind holds the pipes. */
const DRAIN_MS = 1_000;
/** Shells report an end by signal n as exit code 128 + n. */
const SIGNAL_EXIT_BASE = 128;

const UNFILTERED: TextFilter = { push: (text) => text, end: () => '' };

export interface ProcessRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly wallMs: number;
  /** Bytes kept of each of the two streams, half of them from the beginning. */
  readonly outputBytes: number;
  /** Filter of each stream, applied before the stream is cut; absent: output is kept unchanged. */
  readonly filter?: () => TextFilter;
  /** Ends the program. */
  readonly signal: AbortSignal;
}

export interface ProcessEnd {
  /** `time`, `output`: the program was ended because it reached this limit. */
  readonly ended: 'exit' | 'time' | 'output';
  /** Exit code; 128 + n for an end by signal n, as in shells. */
  readonly exitCode: number;
  /** Name of that signal, e.g. `SIGKILL`; also set when a program exits with such a code itself. */
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes left out of both streams. */
  readonly droppedBytes: number;
}

/**
 * Runs a program without a shell and without input, in its own process group, which is ended with it. Bounds memory
 * regardless of the output. Resolves when the process has exited.
 * @throws the reason of `signal`; the system's Error when the program cannot be started
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessEnd> {
  const { argv, cwd, env, wallMs, outputBytes, signal } = request;
  signal.throwIfAborted();
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let ended: ProcessEnd['ended'] = 'exit';
  const end = (why: ProcessEnd['ended']) => {
    if (child.exitCode === null && child.signalCode === null) ended = why;
    killGroup(child);
  };
  let budget = outputBytes * FLOOD_FACTOR;
  const keep = (stream: Readable) => {
    const output = new KeptOutput(outputBytes, request.filter?.() ?? UNFILTERED);
    stream.on('data', (chunk: Buffer) => {
      // The program is being ended; discard the rest of its output.
      if (budget <= 0) return;
      output.take(chunk);
      budget -= chunk.length;
      if (budget <= 0) end('output');
    });
    return output;
  };
  const [out, err] = [keep(child.stdout), keep(child.stderr)];
  const timer = setTimeout(() => {
    end('time');
  }, wallMs);
  const onAbort = () => {
    killGroup(child);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const { code, by } = await finished(child);
    signal.throwIfAborted();
    const [stdout, stderr] = [out.end(), err.end()];
    return {
      ended,
      ...exitOf(code, by),
      stdout: stdout.text,
      stderr: stderr.text,
      droppedBytes: stdout.dropped + stderr.dropped,
    };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Kills a process and its group. Ignores a process that is already gone. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is already empty.
  }
}

interface Exit {
  readonly code: number | null;
  readonly by: NodeJS.Signals | null;
}

async function finished(child: ChildProcess): Promise<Exit> {
  let drain: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Exit>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => {
        // Also end background processes that the program left behind.
        killGroup(child);
        drain = setTimeout(() => {
          child.stdout?.destroy();
          child.stderr?.destroy();
        }, DRAIN_MS);
      });
      child.once('close', (code, by) => {
        resolve({ code, by });
      });
    });
  } finally {
    clearTimeout(drain);
  }
}

function exitOf(code: number | null, by: NodeJS.Signals | null): Pick<ProcessEnd, 'exitCode' | 'signal'> {
  if (by !== null) return { exitCode: SIGNAL_EXIT_BASE + constants.signals[by], signal: by };
  const exitCode = code ?? 0;
  const named = Object.entries(constants.signals).find(([, number]) => number === exitCode - SIGNAL_EXIT_BASE);
  return { exitCode, signal: named?.[0] ?? null };
}

import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';

/** How much more than it keeps a program may print before it is ended: what is dropped still costs time. */
const FLOOD_FACTOR = 64;
/** How long the output of an ended program is waited for, when something it left behind holds the pipes. */
const DRAIN_MS = 1_000;
/** A shell tells the end by signal n as 128 + n. */
const SIGNAL_EXIT_BASE = 128;

export interface ProcessRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly wallMs: number;
  /** Kept of each of the two streams. */
  readonly outputBytes: number;
  /** Ends the program. */
  readonly signal: AbortSignal;
}

export interface ProcessEnd {
  /** `time`, `output`: it was ended because a limit was reached. */
  readonly ended: 'exit' | 'time' | 'output';
  /** 128 + n for an end by signal n, as shells have it. */
  readonly exitCode: number;
  /** Of that signal, e.g. `SIGKILL`; also for a program that gives such a code by itself. */
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes printed beyond the limit. */
  readonly droppedBytes: number;
}

/**
 * Runs a program without a shell and without input, in a process group of its own, which is ended with it. Memory is bounded
 * whatever it prints. Settles when it is gone.
 * @throws the reason of `signal`; the system's Error when it cannot be started
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
  const budget = { bytes: outputBytes * FLOOD_FACTOR };
  const onFlood = () => {
    end('output');
  };
  const stdout = new CappedOutput(outputBytes, budget, onFlood);
  const stderr = new CappedOutput(outputBytes, budget, onFlood);
  child.stdout.on('data', (chunk: Buffer) => stdout.take(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.take(chunk));
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
    return {
      ended,
      ...exitOf(code, by),
      stdout: stdout.text(),
      stderr: stderr.text(),
      droppedBytes: stdout.dropped + stderr.dropped,
    };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Ends a process and its group at once; what is gone already is fine. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is empty: that is what was wanted.
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
        // Whatever it left in the background goes with it.
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

/** The beginning of a stream; the rest is counted and let go. */
class CappedOutput {
  dropped = 0;
  private readonly chunks: Buffer[] = [];
  private room: number;

  constructor(
    bytes: number,
    private readonly budget: { bytes: number },
    private readonly onFlood: () => void,
  ) {
    this.room = bytes;
  }

  take(chunk: Buffer): void {
    const kept = chunk.subarray(0, this.room);
    if (kept.length > 0) this.chunks.push(Buffer.from(kept));
    this.room -= kept.length;
    this.dropped += chunk.length - kept.length;
    const hadRoom = this.budget.bytes > 0;
    this.budget.bytes -= chunk.length;
    if (hadRoom && this.budget.bytes <= 0) this.onFlood();
  }

  /** Storable text: a character that was cut is left out, U+0000 replaced, which the database cannot hold. */
  text(): string {
    return new TextDecoder().decode(Buffer.concat(this.chunks), { stream: true }).replaceAll('\0', '\ufffd');
  }
}

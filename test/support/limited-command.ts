import { spawn } from 'node:child_process';

const MS_PER_SECOND = 1_000;
/** The end of the output in an error, characters. */
const TAIL = 4_000;

export interface CommandLimits {
  readonly withinMs: number;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs a program that may hang. At its deadline its whole process group is killed and the promise rejects with the end
 * of its output. @returns its stdout
 */
export function runLimited(program: string, args: readonly string[], limits: CommandLimits): Promise<string> {
  const { withinMs, ...options } = limits;
  const command = [program, ...args].join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let output = '';
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      collect(chunk);
    });
    child.stderr.on('data', collect);
    const fail = (what: string): void => {
      clearTimeout(timer);
      // Not waiting for the pipes to close: a process outside the group may hold them.
      child.stdout.destroy();
      child.stderr.destroy();
      reject(new Error(`${command} ${what}:\n${output.slice(-TAIL)}`));
    };
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      fail(`was still running after ${withinMs / MS_PER_SECOND} s`);
    }, withinMs);
    child.once('error', ({ message }) => {
      fail(`did not start: ${message}`);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(stdout);
      else fail(`ended with ${code ?? signal}`);
    });
  });
}

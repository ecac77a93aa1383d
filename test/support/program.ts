import { UsageError } from '@assent/client/cli';

const CANNOT_USE = 2;

interface ProgramOptions {
  /** How the program is called, for a command line that cannot be used. */
  readonly usage?: string;
  /** Exit status when the program throws. */
  readonly failureStatus?: number;
}

/** Runs a program with its command line. Its result is the exit status of the process. */
export function runProgram(main: (args: readonly string[]) => Promise<number>, options: ProgramOptions = {}): void {
  main(process.argv.slice(2)).then(
    (status) => {
      process.exitCode = status;
    },
    (error: unknown) => {
      process.exitCode = reportFailure(error, options);
    },
  );
}

/** Prints why a program failed. @returns the exit status: `failureStatus`, or 2 when the command line cannot be used */
export function reportFailure(error: unknown, { usage = '', failureStatus = 1 }: ProgramOptions): number {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n${usage}\n`);
    return CANNOT_USE;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return failureStatus;
}

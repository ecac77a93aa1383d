/**
 * Runs a command, whose result is the exit status of the process.
 * @param failureStatus exit status when the command throws
 */
export function runProgram(main: () => Promise<number>, failureStatus = 1): void {
  main().then(
    (status) => {
      process.exitCode = status;
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exitCode = failureStatus;
    },
  );
}

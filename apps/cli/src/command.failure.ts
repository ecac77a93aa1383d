import { UsageError, explain } from '@assent/client/cli';

const FAILED = 1;
const CANNOT_USE = 2;

/**
 * Prints why a command failed.
 * @returns the exit status: `status`, or 2 when the command line is invalid
 */
export function reportFailure(error: unknown, command: string, status = FAILED): number {
  process.stderr.write(`${explain(error)}\n`);
  if (!(error instanceof UsageError)) return status;
  process.stderr.write(`"npm run ${command} -- --help" lists the options.\n`);
  return CANNOT_USE;
}

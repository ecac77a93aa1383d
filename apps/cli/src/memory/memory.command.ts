import { exportTo, importFrom } from './archive';
import { reportFailure } from '../command.failure';
import { USAGE, readArguments } from './args';

const SOME_REFUSED = 1;
const STOPPED = 2;

/** @returns the exit status */
async function carryOut(argv: readonly string[]): Promise<number> {
  if (argv.length === 0 || argv.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const command = readArguments(argv, process.env);
  if (command.verb === 'export') {
    await exportTo(command);
    return 0;
  }
  const refused = await importFrom(command, (line) => process.stderr.write(`${line}\n`));
  return refused === 0 ? 0 : SOME_REFUSED;
}

export async function run(argv: readonly string[]): Promise<number> {
  try {
    return await carryOut(argv);
  } catch (error) {
    return reportFailure(error, 'memory', STOPPED);
  }
}

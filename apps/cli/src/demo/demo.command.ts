import { reportFailure } from '../command.failure';
import { HELP, readArguments } from './args';
import { playDemo } from './demo';
import { Terminal } from './terminal';

const FAILED = 1;

/** @returns the exit status */
async function play(argv: readonly string[]): Promise<number> {
  const args = readArguments(argv);
  const terminal = new Terminal(process.stdin, process.stdout, (process.env['NO_COLOR'] ?? '') !== '');
  if (args.help) {
    terminal.print(HELP.trimEnd());
    return 0;
  }
  const abort = new AbortController();
  const onSignal = (): void => abort.abort(new Error('Interrupted.'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  try {
    return (await playDemo(args, terminal, abort.signal)) ? 0 : FAILED;
  } finally {
    terminal.close();
  }
}

export async function run(argv: readonly string[]): Promise<number> {
  try {
    return await play(argv);
  } catch (error) {
    process.stderr.write('\n');
    return reportFailure(error, 'demo');
  }
}

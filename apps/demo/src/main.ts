import { AssentHttpError, AssentRpcError } from '@assent/client';
import { HELP, UsageError, readArguments } from './args';
import { playDemo } from './demo';
import { Terminal } from './terminal';

const FAILED = 1;
const CANNOT_USE = 2;

/** @returns the exit status */
async function main(): Promise<number> {
  const args = readArguments(process.argv.slice(2));
  const terminal = new Terminal(process.stdin, process.stdout, (process.env['NO_COLOR'] ?? '') !== '');
  if (args.help) {
    terminal.say(HELP.trimEnd());
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

/** What went wrong, for a person at a terminal. */
function explain(error: unknown): string {
  if (error instanceof AssentRpcError) return `${error.method} was refused (${error.code}): ${error.message}`;
  if (error instanceof AssentHttpError) return `HTTP ${error.status}: ${error.message}`;
  if (error instanceof TypeError && error.cause instanceof Error) {
    return `The server does not answer (${error.cause.message}): check that it runs, and its address.`;
  }
  return error instanceof Error ? error.message : String(error);
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`\n${explain(error)}\n`);
    if (error instanceof UsageError) process.stderr.write('"npm run demo -- --help" lists the options.\n');
    process.exitCode = error instanceof UsageError ? CANNOT_USE : FAILED;
  },
);

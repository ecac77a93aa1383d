import { AssentClient } from '@assent/client';
import { tailRun } from '@assent/client/cli';
import { reportFailure } from '../command.failure';
import { Terminal } from './terminal';
import { WATCH_HELP, readWatchArguments } from './watch.args';

const FAILED = 1;

/** @returns the exit status */
async function watch(argv: readonly string[]): Promise<number> {
  const { help, runId, after, url, key } = readWatchArguments(argv, process.env);
  const terminal = new Terminal(process.stdin, process.stdout, (process.env['NO_COLOR'] ?? '') !== '');
  if (help) {
    terminal.print(WATCH_HELP.trimEnd());
    return 0;
  }
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => abort.abort(new Error('Interrupted; the run continues.')));
  }
  const client = new AssentClient({ url, key });
  const hasCompleted = await tailRun(client, runId, {
    after,
    columns: () => terminal.columns,
    signal: abort.signal,
    print: (line) => terminal.print(line),
  });
  return hasCompleted ? 0 : FAILED;
}

export async function run(argv: readonly string[]): Promise<number> {
  try {
    return await watch(argv);
  } catch (error) {
    return reportFailure(error, 'watch');
  }
}

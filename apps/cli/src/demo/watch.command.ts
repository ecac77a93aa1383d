import { AssentClient } from '@assent/client';
import { UsageError } from './args';
import { explain } from '@assent/client/cli';
import { frameLine } from '@assent/client/cli';
import { Terminal } from './terminal';
import { WATCH_HELP, readWatchArguments } from './watch.args';

const FAILED = 1;
const CANNOT_USE = 2;

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
    process.on(signal, () => abort.abort(new Error('Interrupted; the run goes on.')));
  }
  const client = new AssentClient({ url, key });
  // At once, unlike the stream, which waits for a server that restarts.
  const { createdAt } = await client.call('run/get', { runId }, { signal: abort.signal });
  const options = {
    after,
    signal: abort.signal,
    onGap: ({ earliest }: { readonly earliest: number }) => {
      terminal.print(`    frames before ${earliest} are deleted`);
    },
  };
  let last = '';
  for await (const frame of client.frames(runId, options)) {
    terminal.print(frameLine(frame, createdAt, terminal.columns));
    last = frame.type;
  }
  if (last === '') ({ state: last } = await client.call('run/get', { runId }));
  return last.endsWith('completed') ? 0 : FAILED;
}

export async function run(argv: readonly string[]): Promise<number> {
  try {
    return await watch(argv);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    if (error instanceof UsageError) process.stderr.write('"npm run watch -- --help" lists the options.\n');
    return error instanceof UsageError ? CANNOT_USE : FAILED;
  }
}

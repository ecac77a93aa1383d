import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError, readOptions, serverAddress, wholeNumber } from '@assent/client/cli';

export const WATCH_HELP = `npm run watch -- RUN [options]

Shows a run frame by frame, one line each: all frames so far, then live until it ends. A lost connection is reopened
and continues where it stopped. Ctrl-C stops watching, not the run.

  --after SEQ   leave out the frames up to this number
  --url URL     the server; default http://127.0.0.1:8080, or the port in PORT
  --help        this text

The key is DEVELOPER_KEY, or else REVIEWER_KEY, of the environment, or else the developer's of keys.json in DATA_DIR (.data).
Exit status: 0 the run has completed; 1 it has failed or was cancelled, or cannot be watched; 2 the command line is invalid.
`;

export interface WatchArguments {
  readonly help: boolean;
  readonly runId: string;
  readonly after: number;
  readonly url: string;
  readonly key: string;
}

/** @throws UsageError */
export function readWatchArguments(argv: readonly string[], environment: NodeJS.ProcessEnv): WatchArguments {
  const { values, positionals } = readOptions(argv, {
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false, short: 'h' },
      after: { type: 'string', default: '0' },
      url: { type: 'string' },
    },
  });
  const { help, after, url = `http://127.0.0.1:${environment['PORT'] ?? '8080'}` } = values;
  if (help) return { help, runId: '', after: 0, url, key: '' };
  const [runId, ...more] = positionals;
  if (runId === undefined || more.length > 0) throw new UsageError('Name one run: npm run watch -- RUN');
  return {
    help,
    runId,
    after: wholeNumber('--after', after),
    url: serverAddress('--url', url),
    key: keyIn(environment),
  };
}

function keyIn({ DEVELOPER_KEY, REVIEWER_KEY, DATA_DIR }: NodeJS.ProcessEnv): string {
  const given = [DEVELOPER_KEY, REVIEWER_KEY].find((key) => key !== undefined && key !== '');
  if (given !== undefined) return given;
  const file = join(DATA_DIR ?? '.data', 'keys.json');
  try {
    const { developer } = JSON.parse(readFileSync(file, 'utf8')) as { readonly developer?: unknown };
    if (typeof developer === 'string') return developer;
  } catch {
    // Reported below, with both ways to pass a key.
  }
  throw new UsageError(`There is no key in ${file}: run this in the folder of the server, or set DEVELOPER_KEY.`);
}

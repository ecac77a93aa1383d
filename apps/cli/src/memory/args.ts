import { UsageError, readOptions, serverAddress, wholeNumber } from '@assent/client/cli';

/** The parsed command line. */
export interface MemoryCommand {
  readonly verb: 'export' | 'import';
  /** null: standard output, or input. */
  readonly file: string | null;
  readonly url: string;
  readonly key: string;
  readonly activate: boolean;
  /** The first line that is imported, from 1. */
  readonly from: number;
  /** Id of the first plan of an import; null: a new one. */
  readonly plan: string | null;
}

const DEFAULT_URL = 'http://127.0.0.1:8080';

export const USAGE = `npm run --silent memory -- export [FILE] [--url URL] [--key KEY]
npm run --silent memory -- import [FILE] [--url URL] [--key KEY] [--activate] [--from LINE] [--plan ID]

Exports the fragments of a tenant from a running server as JSON lines, or imports them into one. By default FILE is
standard output or input.

  --url URL    address of the server (${DEFAULT_URL})
  --key KEY    a key with the scope memory:admin; by default DEVELOPER_KEY of the environment, which other users of the
               machine cannot read in the list of processes
  --activate   vouch for fragments that were active; without it all imported fragments are staged
  --from LINE  where to continue an interrupted import
  --plan ID    the id of its plan, so that nothing is applied twice

An import is a plan for every 50 lines; each can be reverted (memory/plan/revert).
Exit status: 0 done, 1 some lines were refused, 2 it was interrupted or the command line is invalid.
`;

/** @throws UsageError */
export function readArguments(argv: readonly string[], env: Readonly<Record<string, string | undefined>>) {
  const text = { type: 'string' } as const;
  const { values, positionals } = readOptions(argv, {
    allowPositionals: true,
    options: { url: text, key: text, activate: { type: 'boolean' }, from: text, plan: text },
  });
  const [verb, file = null, ...more] = positionals;
  const { url = DEFAULT_URL, key = env['DEVELOPER_KEY'] ?? '', activate = false, from = '1', plan = null } = values;
  if ((verb !== 'export' && verb !== 'import') || more.length > 0) {
    throw new UsageError(
      `The command must be "export" or "import", with at most one file, not "${positionals.join(' ')}".`,
    );
  }
  serverAddress('--url', url);
  if (key === '')
    throw new UsageError('There is no key: set DEVELOPER_KEY, or give --key, with the scope memory:admin.');
  const command: MemoryCommand = { verb, file, url, key, activate, from: wholeNumber('--from', from, 1), plan };
  return command;
}

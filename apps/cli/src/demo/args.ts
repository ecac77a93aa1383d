import { UsageError, readOptions, serverAddress } from '@assent/client/cli';

/** The parsed command line. */
export interface Arguments {
  readonly help: boolean;
  /** A running server; null: start one. */
  readonly url: string | null;
  readonly yes: boolean;
  readonly beliefs: boolean;
  readonly reset: boolean;
}

export const HELP = `npm run demo -- [options]

Plays one run from start to outcome: reasoning becomes a tree of assumptions, the planner chooses a change, a person
approves exactly that change, it is applied, and the run is completed. Without --url the demo starts its own server on a
copy of examples/checkout-service, with a temporary database; both are removed at the end.

  --yes         approve without asking
  --beliefs     start from beliefs with numbers (request.beliefs.json) instead of from the reasoning (request.json)
  --url URL     use a running server, with DEVELOPER_KEY and REVIEWER_KEY from the environment ("npm start"
                prints both); it works on that server's workspace "example"
  --reset       with --url: restore the shipped file before the story begins, by a separate run
  --help        this text

Exit status: 0 the change was applied and the run completed, or it was in place already, or you answered no;
1 something failed, or nobody answered (stdin was closed and --yes was not given: that counts as no); 2 the command line
is invalid. Colours only on a terminal, and never with NO_COLOR set.
`;

/** @throws UsageError */
export function readArguments(argv: readonly string[]): Arguments {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = readOptions(argv, {
    options: {
      help: { ...flag, short: 'h' },
      url: { type: 'string' },
      yes: { ...flag, short: 'y' },
      beliefs: flag,
      reset: flag,
    },
  });
  const url = values.url === undefined ? null : serverAddress('--url', values.url);
  if (values.reset && url === null) {
    throw new UsageError('--reset needs --url: without it the demo works on a fresh copy anyway.');
  }
  return { ...values, url };
}

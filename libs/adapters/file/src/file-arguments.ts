import { Type } from '@sinclair/typebox';
import { AssentError } from '@assent/contract';
import { shownLines, type MismatchOptions, type ToolContext } from '@assent/tools';
import { compileGlob, GLOB_MAX_CHARS, type Glob } from '@assent/platform';

/** Deadline of a call in milliseconds. Slower disk access counts as hanging. */
export const FILE_DEADLINE_MS = 30_000;

/** The `exact` argument: whether a tool writes bytes as given or keeps line ends, byte order mark and final newline of the file. */
export const ExactArgument = Type.Optional(
  Type.Boolean({
    description:
      'true: the bytes as given. false: the line ends (CRLF), byte order mark and final newline of the existing file are kept. ' +
      'Default: false for a call that a model made up, true for one that the caller of start gave',
    examples: [true],
  }),
);

export const GlobArgument = Type.String({
  minLength: 1,
  maxLength: GLOB_MAX_CHARS,
  description: 'Pattern of paths: *, ? (inside a name), ** (any folders), {a,b}',
  examples: ['src/**/*.ts'],
});

export const IncludeIgnoredArgument = Type.Optional(
  Type.Boolean({
    description: 'true: also what .gitignore files leave out, such as dependencies and build output; default false',
    examples: [true],
  }),
);

/** Options for applying patches and edits to a file, including what a mismatch message may quote. */
export function mismatchOptions(path: string, exact: boolean, context: ToolContext): MismatchOptions {
  return { quotes: context.quotes(path), exact, relaxes: exact, shownLines: (text) => shownLines(text, context) };
}

/** @throws AssentError `invalid` (pointer /args/glob) */
export function readGlob(pattern: string): Glob {
  try {
    return compileGlob(pattern);
  } catch (cause) {
    throw new AssentError(
      'invalid',
      `The glob ${cause instanceof Error ? cause.message : 'cannot be used'}.`,
      { pointer: '/args/glob' },
      { cause },
    );
  }
}

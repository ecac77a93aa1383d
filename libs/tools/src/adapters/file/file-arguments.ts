import { Type } from '@sinclair/typebox';
import { AssentError } from '@assent/contract';
import { compileGlob, GLOB_MAX_CHARS, type Glob } from '@assent/platform';
import { PATH_MAX_BYTES } from '../../workspace-path';

/** Disk access that takes longer than this hangs. */
export const FILE_DEADLINE_MS = 30_000;

export const PathArgument = Type.String({
  minLength: 1,
  maxLength: PATH_MAX_BYTES,
  description: 'Path from the root of the workspace, with "/" between folders',
});

export const GlobArgument = Type.String({
  minLength: 1,
  maxLength: GLOB_MAX_CHARS,
  description: '*, ? (inside a name), ** (any folders), {a,b}; e.g. "src/**/*.ts"',
});

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

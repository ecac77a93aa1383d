import { Type, type Static } from '@sinclair/typebox';
import { closed } from '@assent/contract';
import {
  applyFiles,
  type ApplyResult,
  type ContentDocument,
  type DiffDraft,
  keepFormat,
  assertText,
  FILE_MAX_BYTES,
  type ToolContext,
  type WriteAdapter,
  changedFile,
  readBase,
  PathArgument,
} from '@assent/tools';
import { ExactArgument, FILE_DEADLINE_MS } from './file-arguments';

const Arguments = closed({
  path: PathArgument,
  content: Type.String({
    maxLength: FILE_MAX_BYTES,
    description: 'The whole text of the file, with its line ends',
    examples: ['[server]\ntimeout = 30\n'],
  }),
  exact: ExactArgument,
});

/** `file.write`: creates a file or replaces its whole text. */
export const fileWrite: WriteAdapter = {
  name: 'file.write',
  description:
    'Proposes the whole text of a file, which is created or replaced once the change is approved. UTF-8 text of at most 1 MiB; ' +
    'folders on the way are made; the mode of an existing file is kept, and without "exact" its line ends, byte order mark and final ' +
    'newline too. Does not write through symbolic or hard links, nor into .git.',
  effect: 'write',
  inputSchema: Arguments,
  effort: 3,
  idempotent: true,
  deadlineMs: FILE_DEADLINE_MS,

  async dryRun(args: Static<typeof Arguments>, context: ToolContext): Promise<DiffDraft> {
    const { path, content, exact = context.exact } = args;
    assertText(content, 'content');
    const base = await readBase(context.workspace.root, path);
    if (exact || !base) return { files: [changedFile(path, base, content)] };
    const kept = keepFormat(base.text, content);
    assertText(kept, 'content');
    return { files: [changedFile(path, base, kept)] };
  },

  async apply(content: ContentDocument, context: ToolContext): Promise<ApplyResult> {
    return applyFiles(content, context.workspace.root, context.signal);
  },
};

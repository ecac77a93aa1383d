import { Type, type Static } from '@sinclair/typebox';
import { closed } from '@assent/contract';
import {
  applyEdits,
  applyFiles,
  type ApplyResult,
  assertText,
  changedFile,
  type ContentDocument,
  type DiffDraft,
  FILE_MAX_BYTES,
  PathArgument,
  readExisting,
  type ToolContext,
  type WriteAdapter,
} from '@assent/tools';
import { ExactArgument, FILE_DEADLINE_MS, mismatchOptions } from './file-arguments';

/** Maximum edits per call. A reviewer cannot check more, and each edit searches the whole file. */
const EDITS_MAX = 64;

const Edit = closed({
  old: Type.String({
    minLength: 1,
    maxLength: FILE_MAX_BYTES,
    description: 'Text to replace, exactly as the file has it, indentation included; must occur exactly once',
    examples: ['timeout = 3\n'],
  }),
  new: Type.String({
    maxLength: FILE_MAX_BYTES,
    description: 'Text that takes its place; empty: the old text is removed',
    examples: ['timeout = 30\n'],
  }),
  all: Type.Optional(
    Type.Boolean({
      description: 'true: replaces every occurrence of "old", of which there may be several; default false',
      examples: [true],
    }),
  ),
});

const Arguments = closed({
  path: PathArgument,
  edits: Type.Array(Edit, {
    minItems: 1,
    maxItems: EDITS_MAX,
    description: 'Replacements, made in this order, each in what the ones before it have made: all or none',
    examples: [[{ old: 'timeout = 3\n', new: 'timeout = 30\n' }]],
  }),
  exact: ExactArgument,
});

/** `file.edit`: replaces passages of a file, each identified by its text. */
export const fileEdit: WriteAdapter = {
  name: 'file.edit',
  description:
    'Proposes to replace passages of a file by other text, which is done once the change is approved. Each "old" must occur exactly once, ' +
    'unless "all" is true: give it with enough lines around it. Read the file first. If one edit does not fit, none is made. One UTF-8 text ' +
    'file of at most 1 MiB that exists; a new file is made with file.write.',
  effect: 'write',
  inputSchema: Arguments,
  effort: 3,
  idempotent: true,
  deadlineMs: FILE_DEADLINE_MS,

  async dryRun(args: Static<typeof Arguments>, context: ToolContext): Promise<DiffDraft> {
    const { path, edits, exact = context.exact } = args;
    edits.forEach(({ old, new: replacement }, index) => {
      assertText(old, `edits/${index}/old`, `"old" of edit ${index + 1}`);
      assertText(replacement, `edits/${index}/new`, `"new" of edit ${index + 1}`);
    });
    const base = await readExisting(context.workspace.root, path);
    const result = await applyEdits(base.text, edits, mismatchOptions(path, exact, context), context.signal);
    assertText(result, 'edits', 'edited text');
    return { files: [changedFile(path, base, result)] };
  },

  async apply(content: ContentDocument, context: ToolContext): Promise<ApplyResult> {
    return applyFiles(content, context.workspace.root, context.signal);
  },
};

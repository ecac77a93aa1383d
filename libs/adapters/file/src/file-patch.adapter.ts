import { Type, type Static } from '@sinclair/typebox';
import { closed } from '@assent/contract';
import {
  applyFiles,
  type ApplyResult,
  type ContentDocument,
  type DiffDraft,
  applyKeepingFormat,
  applyTextPatch,
  assertText,
  FILE_MAX_BYTES,
  type ToolContext,
  type WriteAdapter,
  changedFile,
  readBase,
  PathArgument,
} from '@assent/tools';
import { ExactArgument, FILE_DEADLINE_MS, mismatchOptions } from './file-arguments';

const Arguments = closed({
  path: PathArgument,
  patch: Type.String({
    minLength: 1,
    maxLength: FILE_MAX_BYTES,
    description: 'Unified diff, or "*** Begin Patch", of this one file',
    examples: ['@@ -1,3 +1,3 @@\n [server]\n-timeout = 3\n+timeout = 30\n retries = 2\n'],
  }),
  exact: ExactArgument,
});

/** `file.patch`: changes some lines of a file. */
export const filePatch: WriteAdapter = {
  name: 'file.patch',
  description:
    'Proposes to change lines of one file by a patch, which is applied once the change is approved: a unified diff, or a "*** Begin Patch" ' +
    'of this file. Context and removed lines must be as the file has them: read the file first. A hunk goes where its lines stand, which ' +
    'must be one place, or the line that its header names; "exact": true holds it to that line and to what the header counts. From ' +
    '/dev/null, or by "*** Add File", it creates the file. It does not rename, delete or change modes.',
  effect: 'write',
  inputSchema: Arguments,
  effort: 3,
  idempotent: true,
  deadlineMs: FILE_DEADLINE_MS,

  async dryRun(args: Static<typeof Arguments>, context: ToolContext): Promise<DiffDraft> {
    const { path, patch, exact = context.exact } = args;
    const base = await readBase(context.workspace.root, path);
    const options = mismatchOptions(path, exact, context);
    const apply = (text: string | null) => applyTextPatch(path, text, patch, options);
    const result = exact || !base ? apply(base?.text ?? null) : applyKeepingFormat(base.text, patch, apply);
    assertText(result, 'patch');
    return { files: [changedFile(path, base, result)] };
  },

  async apply(content: ContentDocument, context: ToolContext): Promise<ApplyResult> {
    return applyFiles(content, context.workspace.root, context.signal);
  },
};

import { Type, type Static } from '@sinclair/typebox';
import { closed } from '@assent/contract';
import { applyFiles, type ApplyResult } from '../../apply-files';
import type { ContentDocument, DiffDraft } from '../../diff-content';
import { applyTextPatch } from '../../text-patch';
import { assertText, FILE_MAX_BYTES } from '../../workspace-file';
import type { ToolContext, WriteAdapter } from '../tool-adapter.port';
import { FILE_DEADLINE_MS, PathArgument } from './file-arguments';
import { readBase } from './file-target';

const Arguments = closed({
  path: PathArgument,
  patch: Type.String({ minLength: 1, maxLength: FILE_MAX_BYTES, description: 'Unified diff of this one file' }),
});

/** A change of some lines of a file. */
export const filePatch: WriteAdapter = {
  name: 'file.patch',
  description:
    'Proposes a unified diff of one file, which is applied once the change is approved. Every hunk must fit exactly at the line it ' +
    'names, line ends included: read the file first. From /dev/null it creates the file. It does not rename, delete or change modes.',
  effect: 'write',
  inputSchema: Arguments,
  effort: 3,
  idempotent: true,
  deadlineMs: FILE_DEADLINE_MS,

  async dryRun({ path, patch }: Static<typeof Arguments>, context: ToolContext): Promise<DiffDraft> {
    const base = await readBase(context.workspace.root, path);
    const result = applyTextPatch(path, base, patch);
    assertText(result, 'patch');
    return { files: [{ path, base, result }] };
  },

  async apply(content: ContentDocument, context: ToolContext): Promise<ApplyResult> {
    return applyFiles(content, context.workspace.root, context.signal);
  },
};

import { Type, type Static } from '@sinclair/typebox';
import { closed } from '@assent/contract';
import { applyFiles, type ApplyResult } from '../../apply-files';
import type { ContentDocument, DiffDraft } from '../../diff-content';
import { assertText, FILE_MAX_BYTES } from '../../workspace-file';
import type { ToolContext, WriteAdapter } from '../tool-adapter.port';
import { FILE_DEADLINE_MS, PathArgument } from './file-arguments';
import { readBase } from './file-target';

const Arguments = closed({
  path: PathArgument,
  content: Type.String({ maxLength: FILE_MAX_BYTES, description: 'The whole text of the file, with its line ends' }),
});

/** A file's whole text, new or replaced. */
export const fileWrite: WriteAdapter = {
  name: 'file.write',
  description:
    'Proposes the whole text of a file, which is created or replaced once the change is approved. UTF-8 text of at most 1 MiB; ' +
    'folders on the way are made, the mode of an existing file is kept. Does not write through symbolic or hard links, nor into .git.',
  effect: 'write',
  inputSchema: Arguments,
  effort: 3,
  idempotent: true,
  deadlineMs: FILE_DEADLINE_MS,

  async dryRun({ path, content }: Static<typeof Arguments>, context: ToolContext): Promise<DiffDraft> {
    assertText(content, 'content');
    return { files: [{ path, base: await readBase(context.workspace.root, path), result: content }] };
  },

  async apply(content: ContentDocument, context: ToolContext): Promise<ApplyResult> {
    return applyFiles(content, context.workspace.root, context.signal);
  },
};

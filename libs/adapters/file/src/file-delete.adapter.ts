import type { Static } from '@sinclair/typebox';
import { closed } from '@assent/contract';
import {
  applyFiles,
  type ApplyResult,
  type ContentDocument,
  type DiffDraft,
  type ToolContext,
  type WriteAdapter,
  readExisting,
  PathArgument,
} from '@assent/tools';
import { FILE_DEADLINE_MS } from './file-arguments';

const Arguments = closed({ path: PathArgument });

/** `file.delete`: removes one file. */
export const fileDelete: WriteAdapter = {
  name: 'file.delete',
  description:
    'Proposes to delete a file, which is done once the change is approved. One UTF-8 text file of at most 1 MiB, which the reviewer ' +
    'sees whole; no folders (an emptied one stays), no symbolic or hard links, nothing in .git.',
  effect: 'write',
  inputSchema: Arguments,
  effort: 3,
  idempotent: true,
  deadlineMs: FILE_DEADLINE_MS,

  async dryRun({ path }: Static<typeof Arguments>, context: ToolContext): Promise<DiffDraft> {
    return { files: [{ path, base: (await readExisting(context.workspace.root, path)).text, result: null }] };
  },

  async apply(content: ContentDocument, context: ToolContext): Promise<ApplyResult> {
    return applyFiles(content, context.workspace.root, context.signal);
  },
};

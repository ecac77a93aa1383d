import type { Static } from '@sinclair/typebox';
import { AssentError, closed, type JsonObject } from '@assent/contract';
import {
  applyFiles,
  type ApplyResult,
  type ContentDocument,
  type DiffDraft,
  PathArgument,
  quotePath,
  type ToolContext,
  type WriteAdapter,
  assertAllowed,
  movedFile,
  readBase,
  readExisting,
} from '@assent/tools';
import { FILE_DEADLINE_MS } from './file-arguments';

const Arguments = closed({ path: PathArgument, to: PathArgument });

/** `file.move`: moves a file to another path. */
export const fileMove: WriteAdapter = {
  name: 'file.move',
  description:
    'Proposes to move or rename a file, which is done once the change is approved. One UTF-8 text file of at most 1 MiB; folders on ' +
    'the way to the new path are made, mode and owner are kept. Does not replace a file that is there, and moves no folders and no links.',
  effect: 'write',
  inputSchema: Arguments,
  effort: 3,
  idempotent: true,
  deadlineMs: FILE_DEADLINE_MS,

  paths({ path, to }: JsonObject): readonly string[] {
    return [path, to].filter((value) => typeof value === 'string');
  },

  async dryRun({ path, to }: Static<typeof Arguments>, context: ToolContext): Promise<DiffDraft> {
    assertAllowed([to], context);
    const { root } = context.workspace;
    const base = await readExisting(root, path);
    if ((await readBase(root, to, '/args/to')) !== null) {
      throw new AssentError(
        'conflict',
        `There is a file ${quotePath(to)} already. Delete it first, or choose another path.`,
        {
          pointer: '/args/to',
        },
      );
    }
    return { files: movedFile(path, to, base, base.text) };
  },

  async apply(content: ContentDocument, context: ToolContext): Promise<ApplyResult> {
    return applyFiles(content, context.workspace.root, context.signal);
  },
};

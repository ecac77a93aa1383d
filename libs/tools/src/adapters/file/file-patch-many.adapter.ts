import { Type, type Static } from '@sinclair/typebox';
import { AssentError, closed, type JsonObject } from '@assent/contract';
import { applyFiles, type ApplyResult } from '../../apply-files';
import type { DraftFile } from '../../content-file';
import type { ContentDocument, DiffDraft } from '../../diff-content';
import { PATCH_FILES_MAX, applyPart, parsePatchSet, pathsOfPart, type FilePart } from '../../patch-set';
import { assertText, FILE_MAX_BYTES } from '../../workspace-file';
import { shown } from '../../workspace-path';
import type { ToolContext, WriteAdapter } from '../tool-adapter.port';
import { FILE_DEADLINE_MS } from './file-arguments';
import { assertAllowed, movedFile, readBase } from './file-target';

/** UTF-8 bytes of all files of a patch, before and after: they are read, compared and stored together. */
const TOTAL_MAX_BYTES = 4_194_304;
const POINTER = '/args/patch';

const Arguments = closed({
  patch: Type.String({ minLength: 1, maxLength: FILE_MAX_BYTES, description: 'Unified diff as git writes it' }),
});

/** A change of several files that is approved and applied as one. */
export const filePatchMany: WriteAdapter = {
  name: 'file.patch_many',
  description:
    `Proposes a unified diff of up to ${PATCH_FILES_MAX} files, applied together once the change is approved: changed, new ("--- /dev/null"), ` +
    'deleted ("+++ /dev/null") and renamed files ("diff --git", "rename from", "rename to"), with a/ and b/ before the names. Every ' +
    'hunk must fit exactly at the line it names, line ends included: read the files first. UTF-8 text, 1 MiB a file, 4 MiB in all; ' +
    'no modes, links or binary files.',
  effect: 'write',
  inputSchema: Arguments,
  effort: 5,
  idempotent: true,
  deadlineMs: FILE_DEADLINE_MS,

  paths({ patch }: JsonObject): readonly string[] {
    return typeof patch === 'string' ? parsePatchSet(patch).flatMap(pathsOfPart) : [];
  },

  async dryRun({ patch }: Static<typeof Arguments>, context: ToolContext): Promise<DiffDraft> {
    const parts = parsePatchSet(patch);
    assertAllowed(parts.flatMap(pathsOfPart), context);
    const files: DraftFile[] = [];
    let left = TOTAL_MAX_BYTES;
    for (const part of parts) {
      context.signal.throwIfAborted();
      for (const file of await draft(part, context.workspace.root)) {
        left -= Buffer.byteLength(file.base ?? '') + Buffer.byteLength(file.result ?? '');
        files.push(file);
      }
      if (left < 0) throw new AssentError('invalid', tooMuch(), { pointer: POINTER });
    }
    return { files };
  },

  async apply(content: ContentDocument, context: ToolContext): Promise<ApplyResult> {
    return applyFiles(content, context.workspace.root, context.signal);
  },
};

async function draft(part: FilePart, root: string): Promise<DraftFile[]> {
  const base = await readBase(root, part.path, POINTER);
  const result = applyPart(part, base);
  if (result !== null) assertText(result, 'patch');
  if (part.kind !== 'move') return [{ path: part.path, base, result }];
  if ((await readBase(root, part.to, POINTER)) !== null) {
    throw new AssentError(
      'conflict',
      `The patch renames ${shown(part.path)} to ${shown(part.to)}, which exists already.`,
      {
        pointer: POINTER,
      },
    );
  }
  return movedFile(part.path, part.to, base ?? '', result ?? '');
}

function tooMuch(): string {
  return `The files of the patch have more than ${TOTAL_MAX_BYTES} bytes together, before and after. Make several patches.`;
}

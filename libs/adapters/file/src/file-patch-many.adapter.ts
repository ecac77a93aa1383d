import { Type, type Static } from '@sinclair/typebox';
import { AssentError, closed, type JsonObject } from '@assent/contract';
import {
  applyFiles,
  type ApplyResult,
  type DraftFile,
  type ContentDocument,
  type DiffDraft,
  PATCH_FILES_MAX,
  applyPart,
  parsePatchSet,
  pathsOfPart,
  linesOf,
  type FilePart,
  type MismatchOptions,
  applyKeepingFormat,
  keepFormat,
  assertText,
  FILE_MAX_BYTES,
  quotePath,
  type ToolContext,
  type WriteAdapter,
  assertAllowed,
  changedFile,
  movedFile,
  readBase,
} from '@assent/tools';
import { ExactArgument, FILE_DEADLINE_MS, mismatchOptions } from './file-arguments';

/** Maximum UTF-8 bytes of all files of a patch, before and after, because they are read, compared and stored together. */
const TOTAL_MAX_BYTES = 4_194_304;
const POINTER = '/args/patch';

const Arguments = closed({
  patch: Type.String({
    minLength: 1,
    maxLength: FILE_MAX_BYTES,
    description: 'Unified diff as git writes it, or "*** Begin Patch"',
    examples: ['--- a/app.ini\n+++ b/app.ini\n@@ -1,2 +1,2 @@\n [server]\n-timeout = 3\n+timeout = 30\n'],
  }),
  exact: ExactArgument,
});

/** `file.patch_many`: changes several files with one approval and one apply. */
export const filePatchMany: WriteAdapter = {
  name: 'file.patch_many',
  description:
    `Proposes a patch of up to ${PATCH_FILES_MAX} files, applied together once the change is approved: a unified diff with changed, new ` +
    '("--- /dev/null"), deleted ("+++ /dev/null") and renamed files ("diff --git", "rename from", "rename to"), with a/ and b/ before the ' +
    'names; or "*** Begin Patch" with "*** Update File", "*** Add File", "*** Delete File" and "*** Move to". Context and removed lines ' +
    'must be as the files have them, each hunk at one place only: read the files first. UTF-8 text, 1 MiB a file, 4 MiB in all; no modes, ' +
    'links or binary files.',
  effect: 'write',
  inputSchema: Arguments,
  effort: 5,
  idempotent: true,
  deadlineMs: FILE_DEADLINE_MS,

  paths({ patch }: JsonObject): readonly string[] {
    return typeof patch === 'string' ? parsePatchSet(patch, false).flatMap(pathsOfPart) : [];
  },

  async dryRun(args: Static<typeof Arguments>, context: ToolContext): Promise<DiffDraft> {
    const { patch, exact = context.exact } = args;
    const parts = parsePatchSet(patch, exact);
    assertAllowed(parts.flatMap(pathsOfPart), context);
    const files: DraftFile[] = [];
    let left = TOTAL_MAX_BYTES;
    for (const part of parts) {
      context.signal.throwIfAborted();
      for (const file of await draft(part, context, exact)) {
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

async function draft(part: FilePart, context: ToolContext, exact: boolean): Promise<DraftFile[]> {
  const { root } = context.workspace;
  const base = await readBase(root, part.path, POINTER);
  const result = resultOf(part, base?.text ?? null, mismatchOptions(part.path, exact, context));
  if (result !== null) assertText(result, 'patch');
  if (part.kind !== 'move') return [changedFile(part.path, base, result)];
  if ((await readBase(root, part.to, POINTER)) !== null) {
    throw new AssentError(
      'conflict',
      `The patch renames ${quotePath(part.path)} to ${quotePath(part.to)}, which exists already.`,
      {
        pointer: POINTER,
      },
    );
  }
  return base ? movedFile(part.path, part.to, base, result ?? '') : [];
}

function resultOf(part: FilePart, base: string | null, options: MismatchOptions): string | null {
  if (options.exact || base === null) return applyPart(part, base, options);
  if (part.kind === 'write') return keepFormat(base, applyPart(part, base, options) ?? '');
  const result = applyKeepingFormat(base, linesOf(part), (text) => applyPart(part, text, options) ?? '');
  return part.kind === 'delete' ? null : result;
}

function tooMuch(): string {
  return `The files of the patch have more than ${TOTAL_MAX_BYTES} bytes together, before and after. Make several patches.`;
}

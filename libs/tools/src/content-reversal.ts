import { AssentError } from '@assent/contract';
import { contentHashOf } from '@assent/platform';
import type { ContentFile } from './content-file';
import { draftsOf } from './content-revision';
import { buildDiff, type ContentDocument } from './diff-content';
import { PATCH_FILES_MAX, applyPart, parsePatchSet } from './patch-set';
import { FILE_MAX_BYTES } from './workspace-file';
import { quotePath } from './workspace-path';

/**
 * The patch, for file.patch_many, from the results of a change back to its bases.
 * @param now returns the hash of the current content; null: no such file
 * @throws AssentError `conflict` when a file is no longer as the change left it, or the patch cannot restore the bases exactly
 */
export async function reversal(
  document: ContentDocument,
  now: (path: string) => Promise<string | null>,
): Promise<string> {
  const changed: string[] = [];
  for (const { path, resultHash } of document.files) if ((await now(path)) !== resultHash) changed.push(path);
  if (changed.length > 0) {
    throw irreversible(`${changed.map(quotePath).join(', ')} is no longer as the change left it`, { paths: changed });
  }
  const drafts = draftsOf(document);
  const files = drafts.map(({ path, base, result }) => {
    const moved = drafts.find((other) => other.movedFrom === path);
    return { path, base: result, result: base, ...(moved ? { movedFrom: moved.path } : {}) };
  });
  const reverse = buildDiff(document.tool, document.workspace, { files });
  const patch = reverse.unchanged ? '' : reverse.patch;
  if (!restores(patch, document.files))
    throw irreversible('no patch of the file tools has exactly the texts from before');
  return patch;
}

/** Whether applying the patch gives exactly the bases of the change. */
function restores(patch: string, files: readonly ContentFile[]): boolean {
  if (patch === '' || Buffer.byteLength(patch) > FILE_MAX_BYTES || files.length > 2 * PATCH_FILES_MAX) return false;
  try {
    const parts = parsePatchSet(patch);
    const bases = new Map(files.map((file) => [file.path, file.baseHash]));
    return parts.every((part) => {
      const from = files.find(({ path }) => path === part.path)?.result ?? null;
      const text = applyPart(part, from);
      const to = part.kind === 'move' ? part.to : part.path;
      return (text === null ? null : contentHashOf(text)) === (bases.get(to) ?? null);
    });
  } catch (thrown) {
    if (thrown instanceof AssentError) return false;
    throw thrown;
  }
}

function irreversible(why: string, details: { readonly paths?: string[] } = {}): AssentError {
  return new AssentError(
    'conflict',
    `The change cannot be reverted: ${why}. Nothing was stored; start a run that makes the change you need.`,
    details,
  );
}

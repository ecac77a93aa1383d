import type { Diff } from '@assent/contract';
import { cutText } from '@assent/platform';
import type { DiffRecord } from './diff.repository';
import { characterFlags } from './hidden-characters';
import { hunksOf } from './patch-lines';
import { withContext } from './patch-context';
import { readContent, textOf } from './stored-content';

/** Maximum length of a patch in JSON, in characters; the raw patch is complete. */
export const SHOWN_PATCH_MAX_CHARS = 1_000_000;

/**
 * The diff as a reviewer sees it, rendered from the stored bytes.
 * @param context unchanged lines around each hunk
 */
export function toWireDiff(record: DiffRecord, context = 0): Diff {
  const content = withContext(readContent(record.content), context);
  const whole = textOf(content);
  const patch = cutText(whole, SHOWN_PATCH_MAX_CHARS);
  const { flags, truncated } = characterFlags(content);
  return {
    diffId: record.id,
    runId: record.runId,
    step: record.step,
    revision: record.revision,
    origin: record.origin,
    author: record.author,
    supersedes: record.supersedes,
    state: record.state,
    tool: record.tool,
    workspace: record.workspace,
    hash: record.hash,
    files: record.files,
    patch,
    truncated: patch.length < whole.length ? { shownChars: patch.length, totalChars: whole.length } : null,
    hunks: hunksOf(content),
    flags,
    flagsTruncated: truncated,
    lineage: record.lineage,
    ...(content.v === 1 && content.files.length === 0 ? { erased: true as const } : {}),
    createdAt: record.createdAt.toISOString(),
    appliedAt: record.appliedAt?.toISOString() ?? null,
  };
}

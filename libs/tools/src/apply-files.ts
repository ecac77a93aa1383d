import { AssentError } from '@assent/contract';
import { commit, end, inspect, isStillOnBase, prepare, unfinished, NEW_FILE } from './apply-target';
import type { Found, Prepared, TargetState } from './apply-target';
import { reportConflicts } from './conflict-report';
import type { ContentDocument, ContentFile } from './diff-content';
import { fileFailure } from './file-failure';
import { reachWorkspace } from './workspace-directory';

export type { TargetState } from './apply-target';

/** State of a target before anything was written. */
export interface AppliedFile {
  readonly path: string;
  readonly state: TargetState;
  /** For `other`, if the texts can be shown: current and approved text side by side (conflict-report.ts), bounded, not redacted. */
  readonly conflict?: string;
}

export interface ApplyResult {
  /**
   * `applied`: written now. `already_applied`: every target held its result, nothing written. `stale`: a target holds other content,
   * nothing written now; a target that holds its result was written by an interrupted earlier apply or by another program.
   */
  readonly outcome: 'applied' | 'already_applied' | 'stale';
  readonly files: readonly AppliedFile[];
}

/**
 * State of the targets after a failed apply. `none`: no target holds its result. `some`: a target may hold it, so giving up would
 * leave the change half done. `unknown`: not all targets could be read; for a first apply this means `none`.
 */
export type Written = 'none' | 'some' | 'unknown';

/**
 * Applies approved content: only on its base, each file atomically and durably (one fsync for the file, one for its folder and
 * one for each created folder), at most once. It first checks all targets, then writes all new contents beside them, then renames
 * them, and deletes last, so a moved file always exists under at least one of its names.
 * Repeating it after a crash at any point is safe and ends in the same state.
 * If a program without the lock writes between the last check and the rename, a few microseconds, its write is overwritten. A file
 * to delete is checked once more under a name that such a program does not use.
 * The caller MUST hold a lock on `lockKeys` across processes until the returned promise settles.
 * @param signal stops it up to the first rename and removes prepared files (an empty folder created for a new file may stay)
 * @throws AssentError when the disk fails, or when a target was replaced after others were written, with `written` (Written) in
 * its details. All targets except the replaced one then hold base or result, so applying again resumes or reports what is stale
 */
export async function applyFiles(
  content: Pick<ContentDocument, 'files' | 'patch'>,
  root: string,
  signal: AbortSignal,
): Promise<ApplyResult> {
  const progress: Progress = { written: 'unknown' };
  try {
    return await apply(content, root, signal, progress);
  } catch (thrown) {
    if (signal.aborted && thrown === signal.reason && !(thrown instanceof AssentError)) throw thrown;
    throw failed(thrown, progress.written);
  }
}

interface Progress {
  written: Written;
}

async function apply(
  content: Pick<ContentDocument, 'files' | 'patch'>,
  root: string,
  signal: AbortSignal,
  progress: Progress,
): Promise<ApplyResult> {
  signal.throwIfAborted();
  await reachWorkspace(root);
  const found: Found[] = [];
  for (const file of content.files) found.push(await inspect(root, file));
  progress.written = found.some(({ state }) => state === 'result') ? 'some' : 'none';
  if (found.every(({ state }) => state === 'result')) return { outcome: 'already_applied', files: found.map(reportOf) };
  if (found.some(({ state }) => state === 'other')) return staleAsFound(content, found);

  const prepared: Prepared[] = [];
  try {
    for (const { file } of found.filter(({ state }) => state === 'base').sort(deletionsLast)) {
      signal.throwIfAborted();
      const next = await prepare(root, file, attributesOf(file, found));
      if (next === 'other') return staleSince(file, found);
      prepared.push(next);
    }
    const moved = prepared.find((target) => !isStillOnBase(root, target));
    if (moved) return staleSince(moved.file, found);
    signal.throwIfAborted();
    for (const [index, target] of prepared.entries()) {
      if (await commit(target, index === 0)) {
        progress.written = 'some';
        continue;
      }
      if (index === 0) return staleSince(target.file, found);
      throw unfinished(target.file.path);
    }
    return { outcome: 'applied', files: found.map(reportOf) };
  } finally {
    end(prepared);
  }
}

function failed(thrown: unknown, written: Written): AssentError {
  const { reason, message, details } = fileFailure(thrown, 'apply', 'the approved files');
  return new AssentError(reason, message, { written, ...details }, { cause: thrown });
}

function reportOf({ file, state }: Found): AppliedFile {
  return { path: file.path, state };
}

function deletionsLast(a: Found, b: Found): number {
  return Number(a.file.kind === 'delete') - Number(b.file.kind === 'delete');
}

/** A file keeps its mode and owner. A moved file takes those of its old name, which is deleted after the new name exists. */
function attributesOf(file: ContentFile, found: readonly Found[]) {
  const source = 'movedFrom' in file ? file.movedFrom : file.path;
  return found.find((other) => other.file.path === source)?.attributes ?? NEW_FILE;
}

function staleAsFound(content: Pick<ContentDocument, 'files' | 'patch'>, found: readonly Found[]): ApplyResult {
  const collisions = found.flatMap(({ file, state, now }) =>
    state === 'other' && now !== 'unreadable' ? [{ file, now: now?.bytes ?? null }] : [],
  );
  const reports = reportConflicts(content, collisions);
  const files = found.map((target): AppliedFile => {
    const conflict = reports.get(target.file.path);
    return conflict === undefined ? reportOf(target) : { ...reportOf(target), conflict };
  });
  return { outcome: 'stale', files };
}

/** The result when one target changed between the first check and the first write. Does not inspect its new content. */
function staleSince(moved: ContentFile, found: readonly Found[]): ApplyResult {
  return {
    outcome: 'stale',
    files: found.map((target) =>
      target.file.path === moved.path ? { ...reportOf(target), state: 'other' } : reportOf(target),
    ),
  };
}

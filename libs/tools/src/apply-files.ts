import { AssentError } from '@assent/contract';
import { commit, end, inspect, isStillOnBase, prepare, unfinished, NEW_FILE } from './apply-target';
import type { Found, Prepared, TargetState } from './apply-target';
import { reportConflicts } from './conflict-report';
import type { ContentDocument, ContentFile } from './diff-content';
import { fileFailure } from './file-failure';
import { reachWorkspace } from './workspace-directory';

export type { TargetState } from './apply-target';

/** A target as it was found, before anything was written. */
export interface AppliedFile {
  readonly path: string;
  readonly state: TargetState;
  /** For `other`, where the texts can be shown: what is there beside what was approved (conflict-report.ts), bounded, not redacted. */
  readonly conflict?: string;
}

export interface ApplyResult {
  /**
   * `applied`: written now. `already_applied`: every target held its result, no write. `stale`: a target holds something else,
   * nothing written now; a target that holds its result was written by an earlier apply that was cut off, or by somebody else.
   */
  readonly outcome: 'applied' | 'already_applied' | 'stale';
  readonly files: readonly AppliedFile[];
}

/**
 * What the targets hold when an apply has failed. `none`: not one of them its result. `some`: one may have it, so that giving
 * up would leave the change half done. `unknown`: they could not all be looked at; of an apply that is the first, `none`.
 */
export type Written = 'none' | 'some' | 'unknown';

/**
 * Applies approved content: only on its base, each file atomically and durably (one fsync for the file, one for its folder and
 * one for each folder made), at most once. First all targets are looked at, then all new contents are made beside them, then
 * they take their names, and deletions come last: a file that moves is there under one of its names at least, all the time.
 * Repeating it after a crash at any point is safe and ends in the same state.
 * A program that takes no lock and writes between the last look and the rename, some microseconds, is overwritten; before a
 * file is deleted, it is looked at once more where such a program does not reach it.
 * The caller MUST hold a lock on `lockKeys` across processes, until the returned promise settles.
 * @param signal stops it up to the first rename; what was prepared is removed (an empty folder made for a new file may stay)
 * @throws AssentError when the disk fails, or when a target was replaced after others were written, with `written` (Written) in
 * its details; the targets hold base or result but for the replaced, so that applying again goes on, or says what is stale
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

/** A file keeps its mode and owner; one that moves brings those of its old name, which goes after the new one has come. */
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

/** One target changed between the first look and the first write; what it changed to is not looked at. */
function staleSince(moved: ContentFile, found: readonly Found[]): ApplyResult {
  return {
    outcome: 'stale',
    files: found.map((target) =>
      target.file.path === moved.path ? { ...reportOf(target), state: 'other' } : reportOf(target),
    ),
  };
}

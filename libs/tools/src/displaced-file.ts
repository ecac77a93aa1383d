import { lstatSync, renameSync, unlinkSync } from 'node:fs';
import { AssentError } from '@assent/contract';
import { errnoOf, fileFailure } from './file-failure';
import { ownName } from './temp-file';
import type { WorkspaceDirectory } from './workspace-directory';
import { quotePath } from './workspace-path';

/**
 * Deletes a file in two steps: renames it to a name of ours, checks it once more where programs that use its own name cannot
 * reach it, and then removes it. Puts back a file that replaced the expected one since the last check. The caller MUST hold the
 * lock of `target` and sync the folder afterwards.
 * @param isExpected checks the file under the given name
 * @returns whether the file was deleted; false when another file was found, which keeps its name
 * @throws AssentError when the disk fails; `putBack` then repairs a half-done deletion
 */
export function deleteFile(
  directory: WorkspaceDirectory,
  target: string,
  isExpected: (name: string) => boolean,
): boolean {
  const aside = ownName(target, 'old');
  try {
    renameSync(directory.at(target), directory.at(aside));
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return false;
    throw isFolder(directory, aside) ? blocked(directory, target, thrown) : failure(directory, target, thrown);
  }
  let expected = false;
  try {
    expected = isExpected(aside);
  } finally {
    if (!expected) putBack(directory, target);
  }
  if (expected) unlink(directory, target);
  return expected;
}

/** Checked before any change. @throws AssentError `conflict` when a folder has the name under which a deletion sets `target` aside */
export function assertDeletable(directory: WorkspaceDirectory, target: string): void {
  if (isFolder(directory, ownName(target, 'old'))) throw blocked(directory, target);
}

/**
 * Undoes the deletion that a killed process had begun: the file gets its name back. A file that took the name since then is newer
 * and stays, and the older one is removed. The caller MUST hold the lock of `target`.
 */
export function putBack(directory: WorkspaceDirectory, target: string): void {
  const aside = ownName(target, 'old');
  if (!isThere(directory, aside)) return;
  if (!isThere(directory, target)) rename(directory, aside, target);
  // A folder under that name is not ours.
  else if (!isFolder(directory, aside)) unlink(directory, target);
}

/** Whether a file or anything else has the name. */
export function isThere(directory: WorkspaceDirectory, name: string): boolean {
  return lstatSync(directory.at(name), { throwIfNoEntry: false }) !== undefined;
}

function rename(directory: WorkspaceDirectory, aside: string, target: string): void {
  try {
    renameSync(directory.at(aside), directory.at(target));
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw failure(directory, target, thrown);
  }
}

function unlink(directory: WorkspaceDirectory, target: string): void {
  try {
    unlinkSync(directory.at(ownName(target, 'old')));
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw failure(directory, target, thrown);
  }
}

function isFolder(directory: WorkspaceDirectory, name: string): boolean {
  return lstatSync(directory.at(name), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function failure(directory: WorkspaceDirectory, target: string, thrown: unknown): AssentError {
  return fileFailure(thrown, 'delete', directory.pathOf(target));
}

function blocked(directory: WorkspaceDirectory, target: string, cause?: unknown): AssentError {
  return new AssentError(
    'conflict',
    `Could not delete ${quotePath(directory.pathOf(target))}: the folder ${quotePath(ownName(target, 'old'))} stands where it is put before. Remove that folder, then start again.`,
    { pointer: '/args/path' },
    { cause },
  );
}

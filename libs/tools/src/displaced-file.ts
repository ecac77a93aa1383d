import { lstatSync, renameSync, unlinkSync } from 'node:fs';
import { AssentError } from '@assent/contract';
import { errnoOf, fileFailure } from './file-failure';
import { ownName } from './temp-file';
import type { WorkspaceDirectory } from './workspace-directory';
import { quotePath } from './workspace-path';

/**
 * Deletes a file in two steps: it takes a name of ours, is looked at once more where no program that goes by its own name
 * reaches it, and only then is it gone. One that took its place since the last look is put back. The caller MUST hold the lock
 * of `target` and sync the folder afterwards.
 * @param isExpected looks at the file under the name it is given
 * @returns whether it was deleted; false when there was something else, which stands where it stood
 * @throws AssentError when the disk fails; `putBack` then mends what is half done
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

/** @throws AssentError `conflict` when a folder stands where a deletion puts `target` first, so that it is known before anything changes */
export function assertDeletable(directory: WorkspaceDirectory, target: string): void {
  if (isFolder(directory, ownName(target, 'old'))) throw blocked(directory, target);
}

/**
 * Undoes what a killed process had begun: the file gets its name back. When the name was taken since, that is the newer one, as
 * after any save over a file, and the older goes. The caller MUST hold the lock of `target`.
 */
export function putBack(directory: WorkspaceDirectory, target: string): void {
  const aside = ownName(target, 'old');
  if (!isThere(directory, aside)) return;
  if (!isThere(directory, target)) rename(directory, aside, target);
  // A folder was not put there by us.
  else if (!isFolder(directory, aside)) unlink(directory, target);
}

/** Whether the name is taken, by a file or by anything else. */
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

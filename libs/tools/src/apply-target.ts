import { AssentError } from '@assent/contract';
import type { ContentFile } from './content-file';
import { assertDeletable, deleteFile, isThere, putBack } from './displaced-file';
import { errnoOf, fileFailure } from './file-failure';
import { TempFile, removeLeftover, type FileAttributes } from './temp-file';
import { WorkspaceDirectory } from './workspace-directory';
import { hasOneName, readSnapshot, type FileSnapshot } from './workspace-file';
import { parsePath, quotePath } from './workspace-path';

export const NEW_FILE: FileAttributes = { mode: 0o644, owner: null };

/** Content of a target: the base of the change, its result, or anything else, including anything that is not a plain file. */
export type TargetState = 'base' | 'result' | 'other';

/** State of a target before the change. */
export interface Found {
  readonly file: ContentFile;
  readonly state: TargetState;
  /** Mode of the existing file. */
  readonly attributes: FileAttributes;
  /** Current file: null for no file, `unreadable` for one that is not a plain file or must not be shown. */
  readonly now: FileSnapshot | null | 'unreadable';
}

/** A target ready to be changed. Its folder is open, and its new content, if any, is on disk. */
export interface Prepared {
  readonly file: ContentFile;
  readonly name: string;
  readonly directory: WorkspaceDirectory;
  /** Null for a deletion. */
  readonly temp: TempFile | null;
}

/** Reads one target, and repairs leftovers of a killed apply. */
export async function inspect(root: string, file: ContentFile): Promise<Found> {
  const { parents, name } = parsePath(file.path);
  const directory = openParent(root, parents);
  if (directory === 'other') return { file, state: 'other', attributes: NEW_FILE, now: 'unreadable' };
  if (!directory) {
    const state = file.resultHash === null ? 'result' : file.baseHash === null ? 'base' : 'other';
    return { file, state, attributes: NEW_FILE, now: null };
  }
  try {
    putBack(directory, name);
    removeLeftover(directory, name);
    const found = { file, ...read(directory, name, file) };
    const { state, now } = found;
    if (state === 'other' && now !== null && now !== 'unreadable' && !(await hasOneName(directory, name, now))) {
      // Another name of the file may lie outside the workspace, so its content is not shown.
      return { ...found, now: 'unreadable' };
    }
    // A process killed between rename and fsync leaves a result that is not yet durable; sync it before reporting it.
    if (state === 'result') await directory.sync();
    return found;
  } catch (thrown) {
    throw fileFailure(thrown, 'look at', file.path);
  } finally {
    directory.close();
  }
}

/** @param attributes of the new content; absent for a deletion */
export async function prepare(
  root: string,
  file: ContentFile,
  attributes: FileAttributes,
): Promise<Prepared | 'other'> {
  const { parents, name } = parsePath(file.path);
  let directory: WorkspaceDirectory | null = null;
  try {
    directory = await (file.result === null
      ? WorkspaceDirectory.open(root, parents)
      : WorkspaceDirectory.ensure(root, parents));
    if (!directory) return 'other';
    if (file.result === null) {
      assertDeletable(directory, name);
      return { file, name, directory, temp: null };
    }
    return { file, name, directory, temp: await TempFile.write(directory, name, Buffer.from(file.result), attributes) };
  } catch (thrown) {
    directory?.close();
    return otherwise(thrown);
  }
}

/** Whether the target still holds its base, reached again from the root through the prepared folder. */
export function isStillOnBase(root: string, { file, name, directory }: Prepared): boolean {
  const now = openParent(root, parsePath(file.path).parents);
  if (!now || now === 'other') return false;
  try {
    return now.isSame(directory) && read(now, name, file).state === 'base';
  } finally {
    now.close();
  }
}

/**
 * Gives the target its result, durably.
 * @param first no target was changed yet
 * @returns false, with nothing changed, when a file to delete was replaced since the last check
 * @throws AssentError with `written: 'some'` in the details when this target or an earlier one may have been changed
 */
export async function commit({ file, directory, temp, name }: Prepared, first: boolean): Promise<boolean> {
  const path = directory.pathOf(name);
  try {
    if (temp) temp.moveToTarget();
    else if (!deleteFile(directory, name, (aside) => read(directory, aside, file).state === 'base')) return false;
  } catch (thrown) {
    // A deletion that failed half way leaves the file under another name; a content whose temporary file vanished is written again.
    const untouched = temp ? errnoOf(thrown) !== 'ENOENT' : isThere(directory, name);
    if (first && untouched) throw fileFailure(thrown, 'write', path);
    throw unfinished(path, thrown);
  }
  await directory.sync().catch((thrown: unknown) => {
    throw unfinished(path, thrown);
  });
  return true;
}

/** The error when some targets hold their result and others their base. Only applying again repairs that. */
export function unfinished(path: string, cause?: unknown): AssentError {
  const details = { written: 'some' };
  const what = `Writing ${quotePath(path)} was interrupted`;
  if (cause === undefined) return new AssentError('conflict', `${what}. Apply again to resume.`, details);
  const { reason, message } = fileFailure(cause, 'write', path);
  return new AssentError(reason, `${what}: ${message}`, details, { cause });
}

/** Releases all targets, even when one of them cannot be removed. */
export function end([first, ...rest]: readonly Prepared[]): void {
  if (!first) return;
  try {
    first.temp?.end();
  } finally {
    first.directory.close();
    end(rest);
  }
}

function read(directory: WorkspaceDirectory, name: string, file: ContentFile): Omit<Found, 'file'> {
  const target = orOther(() => readSnapshot(directory, name));
  if (target === 'other') return { state: 'other', attributes: NEW_FILE, now: 'unreadable' };
  const hash = target?.hash ?? null;
  const attributes = target ? { mode: target.mode, owner: { uid: target.uid, gid: target.gid } } : NEW_FILE;
  const single = !target || target.links === 1;
  const state = hash === file.resultHash ? 'result' : hash === file.baseHash && single ? 'base' : 'other';
  return { state, attributes, now: target };
}

function openParent(root: string, parents: readonly string[]): WorkspaceDirectory | null | 'other' {
  return orOther(() => WorkspaceDirectory.open(root, parents));
}

function orOther<T>(read: () => T): T | 'other' {
  try {
    return read();
  } catch (thrown) {
    return otherwise(thrown);
  }
}

/**
 * A link, a folder, a pipe, a file that is too large or a deleted folder is a state of the target, not a failure of the
 * apply.
 */
function otherwise(thrown: unknown): 'other' {
  if (thrown instanceof AssentError && (thrown.reason === 'invalid' || thrown.reason === 'not_found')) return 'other';
  throw thrown;
}

import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsync,
  lstatSync,
  openSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { AssentError } from '@assent/contract';
import { errnoOf, fileFailure } from './file-failure';
import type { WorkspaceDirectory } from './workspace-directory';
import { quotePath } from './workspace-path';

const CREATE_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** Only the server can read the file until its content and mode are complete. */
const WHILE_WRITTEN_MODE = 0o600;

const syncToDisk = promisify(fsync);

/** Attributes that a new file takes over from the file it replaces. */
export interface FileAttributes {
  /** Permission bits. */
  readonly mode: number;
  /** Owner; null for a new file, which the server's account owns. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

/**
 * The next content of a target, complete and on disk beside it, until it is renamed to the target. Its name derives only from the
 * target's name, so leftovers of a killed process are found without listing the folder. It stays open until `end`, so no other
 * file can have its inode, which identifies it.
 */
export class TempFile {
  private constructor(
    private readonly directory: WorkspaceDirectory,
    private readonly target: string,
    private readonly descriptor: number,
  ) {}

  /** The caller MUST hold the lock of `target`. @throws AssentError `conflict` when a folder has this name */
  static async write(
    directory: WorkspaceDirectory,
    target: string,
    bytes: Uint8Array,
    attributes: FileAttributes,
  ): Promise<TempFile> {
    removeLeftover(directory, target);
    const file = new TempFile(directory, target, create(directory, target));
    try {
      await file.fill(bytes, attributes);
      return file;
    } catch (thrown) {
      file.end();
      throw fileFailure(thrown, 'write', directory.pathOf(target));
    }
  }

  /** Renames it to the target. @throws AssentError `conflict` when it was removed or replaced; errors of rename(2) */
  moveToTarget(): void {
    if (!this.isAtItsName()) {
      const path = quotePath(this.directory.pathOf(this.target));
      throw new AssentError('conflict', `What was to become ${path} was replaced by another program. Start again.`);
    }
    renameSync(this.path, this.directory.at(this.target));
  }

  /** Closes it once, and removes it unless it became the target. */
  end(): void {
    let removable = false;
    try {
      removable = this.isAtItsName();
    } finally {
      closeSync(this.descriptor);
    }
    if (removable) remove(this.directory, this.target);
  }

  private get path(): string {
    return this.directory.at(ownName(this.target, 'tmp'));
  }

  private isAtItsName(): boolean {
    const mine = fstatSync(this.descriptor, { bigint: true });
    const there = lstatSync(this.path, { bigint: true, throwIfNoEntry: false });
    return there?.dev === mine.dev && there.ino === mine.ino;
  }

  private async fill(bytes: Uint8Array, { mode, owner }: FileAttributes): Promise<void> {
    writeFileSync(this.descriptor, bytes);
    // Only root can change a file's owner; otherwise the server's account owns the new file.
    if (owner && process.geteuid?.() === 0) fchownSync(this.descriptor, owner.uid, owner.gid);
    fchmodSync(this.descriptor, mode);
    // Asynchronous, because it waits for the disk.
    await syncToDisk(this.descriptor);
  }
}

/**
 * Removes the leftover of a killed process for `target`. The caller holds its lock, so nobody is writing it. A folder with that
 * name is not a leftover and stays.
 */
export function removeLeftover(directory: WorkspaceDirectory, target: string): void {
  const found = lstatSync(directory.at(ownName(target, 'tmp')), { throwIfNoEntry: false });
  if (found && !found.isDirectory()) remove(directory, target);
}

function create(directory: WorkspaceDirectory, target: string): number {
  const name = ownName(target, 'tmp');
  const path = directory.pathOf(target);
  try {
    return openSync(directory.at(name), CREATE_NEW, WHILE_WRITTEN_MODE);
  } catch (thrown) {
    const blocked = lstatSync(directory.at(name), { throwIfNoEntry: false })?.isDirectory() ?? false;
    if (!blocked) throw fileFailure(thrown, 'write', path);
    throw new AssentError(
      'conflict',
      `Could not write ${quotePath(path)}: the folder ${quotePath(name)} stands where its content is written first. Remove that folder, then start again.`,
      { pointer: '/args/path' },
      { cause: thrown },
    );
  }
}

/** Removes the file. Ignores a file that is already gone. */
function remove(directory: WorkspaceDirectory, target: string): void {
  const name = ownName(target, 'tmp');
  try {
    unlinkSync(directory.at(name));
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw fileFailure(thrown, 'remove', directory.pathOf(name));
  }
}

/** A name beside `target` that derives only from it and fits the limits of file systems. */
export function ownName(target: string, ending: 'tmp' | 'old'): string {
  const mark = createHash('sha256').update(target).digest('hex').slice(0, 32);
  return `.assent-${mark}.${ending}`;
}

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
/** Until its content and mode are complete nobody else reads it. */
const WHILE_WRITTEN_MODE = 0o600;

const syncToDisk = promisify(fsync);

/** What a new file shall carry over from the one it replaces. */
export interface FileAttributes {
  /** Permission bits. */
  readonly mode: number;
  /** Owner; null for a new file, which belongs to the server's account. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

/**
 * The next content of a target, beside it, complete and on disk, until it takes the target's name. Its own name follows from the
 * target's alone, so that what a killed process left is found without listing the folder. It stays open until `end`: while it is,
 * no other file has its inode, which tells it from one that took its place.
 */
export class TempFile {
  private constructor(
    private readonly directory: WorkspaceDirectory,
    private readonly target: string,
    private readonly descriptor: number,
  ) {}

  /** The caller MUST hold the lock of `target`. @throws AssentError `conflict` when a folder stands at the name */
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

  /** Gives it the target's name. @throws AssentError `conflict` when it was removed or replaced; what rename(2) throws */
  moveToTarget(): void {
    if (!this.isAtItsName()) {
      const path = quotePath(this.directory.pathOf(this.target));
      throw new AssentError('conflict', `What was to become ${path} was replaced by another program. Start again.`);
    }
    renameSync(this.path, this.directory.at(this.target));
  }

  /** Lets go of it, once; it is removed unless it is the target by now. */
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
    // Only root may give a file away; under any other account the new file is the server's own.
    if (owner && process.geteuid?.() === 0) fchownSync(this.descriptor, owner.uid, owner.gid);
    fchmodSync(this.descriptor, mode);
    // Waits for the disk, so not here.
    await syncToDisk(this.descriptor);
  }
}

/**
 * Removes what a killed process left of `target`: the caller holds its lock, so nobody is writing it. A folder at that name is no
 * leftover and stays.
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

/** One that is gone already is fine. */
function remove(directory: WorkspaceDirectory, target: string): void {
  const name = ownName(target, 'tmp');
  try {
    unlinkSync(directory.at(name));
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw fileFailure(thrown, 'remove', directory.pathOf(name));
  }
}

/** A name beside `target` that follows from it alone, at most as long as a file system allows. */
export function ownName(target: string, ending: 'tmp' | 'old'): string {
  const mark = createHash('sha256').update(target).digest('hex').slice(0, 32);
  return `.assent-${mark}.${ending}`;
}

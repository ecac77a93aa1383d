import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsync,
  lstatSync,
  mkdirSync,
  open,
  openSync,
  realpathSync,
  type Dirent,
} from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AssentError } from '@assent/contract';
import { diskProblem, errnoOf, fileFailure } from './file-failure';
import { refusedPath, segmentProblem } from './workspace-path';

const OPEN_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;
const OPEN_FOLDER_ITSELF = OPEN_FOLDER | constants.O_NOFOLLOW;
/** Whether the system exposes descriptors as paths, see WorkspaceDirectory. */
const HAS_DESCRIPTOR_PATHS = process.platform === 'linux';
/** Mode of new folders, regardless of the umask: people and build tools read them under other accounts. */
const NEW_FOLDER_MODE = 0o755;
/** Entries read per trip to the thread pool. The default of 32 makes large folders slow. */
const READ_AHEAD_ENTRIES = 512;
/** Error codes of a missing workspace. */
const MISSING = ['ENOENT', 'ENOTDIR'];
/** Descriptor of a closed folder, so that a number reused for another file is never used. */
const CLOSED = -1;

const openInThreadPool = promisify(open);
const syncToDisk = promisify(fsync);

export interface FolderEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
}

/**
 * An open folder inside a workspace. `at(name)` is a path that resolves `name` in exactly this folder: on Linux through the
 * open descriptor (/proc/self/fd), in place of openat(2), which the runtime lacks, so swapping a parent for a symbolic
 * link between check and use has no effect. Other systems use the real path, checked again right before a rename.
 * Everything except listing and syncing is synchronous, see `reachWorkspace`. The caller must close it.
 */
export class WorkspaceDirectory {
  private constructor(
    private descriptor: number,
    /** Used only without descriptor paths. */
    private readonly realPath: string,
    /** Path inside the workspace; empty for its root. */
    readonly path: string,
  ) {}

  static openRoot(root: string): WorkspaceDirectory {
    try {
      const realPath = HAS_DESCRIPTOR_PATHS ? root : realpathSync.native(root);
      return new WorkspaceDirectory(openSync(realPath, OPEN_FOLDER), realPath, '');
    } catch (thrown) {
      throw workspaceUnavailable(thrown);
    }
  }

  /**
   * Opens the folder at `segments` level by level, following no link.
   * @returns null when a level does not exist
   */
  static open(root: string, segments: readonly string[]): WorkspaceDirectory | null {
    let directory: WorkspaceDirectory | null = WorkspaceDirectory.openRoot(root);
    for (const segment of segments) {
      const parent: WorkspaceDirectory = directory;
      try {
        directory = parent.child(segment);
      } finally {
        parent.close();
      }
      if (!directory) return null;
    }
    return directory;
  }

  /** Like `open`, but creates missing folders. A created folder is on disk (its parent synced) before it is used. */
  static async ensure(root: string, segments: readonly string[]): Promise<WorkspaceDirectory> {
    let directory = WorkspaceDirectory.openRoot(root);
    for (const segment of segments) {
      const parent = directory;
      try {
        directory = await parent.ensureChild(segment);
      } finally {
        parent.close();
      }
    }
    return directory;
  }

  at(name: string): string {
    return join(this.anchor, name);
  }

  pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}/${name}`;
  }

  /** @returns null when there is no such folder @throws AssentError `invalid` when the name is a link or not a folder */
  child(name: string): WorkspaceDirectory | null {
    const path = this.pathOf(name);
    try {
      return new WorkspaceDirectory(openSync(this.at(name), OPEN_FOLDER_ITSELF), join(this.realPath, name), path);
    } catch (thrown) {
      const code = errnoOf(thrown);
      if (code === 'ENOENT') return null;
      if (code === 'ENOTDIR' || code === 'ELOOP') throw this.noFolder(name, thrown);
      throw fileFailure(thrown, 'open', path);
    }
  }

  /**
   * Plain files and folders with valid names, sorted by name in code unit order.
   * @param limit maximum entries read; a larger folder returns `complete: false`
   */
  async entries(limit: number): Promise<{ entries: FolderEntry[]; complete: boolean }> {
    const { found, complete } = await this.list(limit);
    const entries = found.flatMap((entry): FolderEntry[] => {
      const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : null;
      return kind && !segmentProblem(entry.name) ? [{ name: entry.name, kind }] : [];
    });
    return { entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)), complete };
  }

  /**
   * Returns after any change of a name in this folder that another program has in progress. The system looks up an uncached name
   * only between such changes, and a random name is never cached.
   */
  settle(): void {
    lstatSync(this.at(`.assent-${randomUUID()}`), { throwIfNoEntry: false });
  }

  /** Makes renames in this folder durable. */
  async sync(): Promise<void> {
    await syncToDisk(this.descriptor);
  }

  /** Whether both are the same folder on disk, regardless of their paths. */
  isSame(other: WorkspaceDirectory): boolean {
    const mine = fstatSync(this.descriptor, { bigint: true });
    const theirs = fstatSync(other.descriptor, { bigint: true });
    return mine.dev === theirs.dev && mine.ino === theirs.ino;
  }

  close(): void {
    if (this.descriptor === CLOSED) return;
    const open = this.descriptor;
    this.descriptor = CLOSED;
    closeSync(open);
  }

  private get anchor(): string {
    return HAS_DESCRIPTOR_PATHS ? `/proc/self/fd/${this.descriptor}` : this.realPath;
  }

  private noFolder(name: string, cause: unknown): AssentError {
    // Gone again, so it is not a folder either.
    const isLink = lstatSync(this.at(name), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
    const problem = isLink ? 'is a symbolic link, which tools do not follow' : 'is not a folder';
    return refusedPath(this.pathOf(name), problem, { cause });
  }

  private async list(limit: number): Promise<{ found: Dirent[]; complete: boolean }> {
    const found: Dirent[] = [];
    try {
      for await (const entry of await opendir(this.anchor, { bufferSize: READ_AHEAD_ENTRIES })) {
        if (found.length === limit) return { found, complete: false };
        found.push(entry);
      }
    } catch (thrown) {
      throw fileFailure(thrown, 'list', this.path === '' ? '.' : this.path);
    }
    return { found, complete: true };
  }

  private async ensureChild(name: string): Promise<WorkspaceDirectory> {
    const existing = this.child(name);
    if (existing) return existing;
    const mine = this.createChild(name);
    const made = this.child(name);
    if (!made) throw refusedPath(this.pathOf(name), 'was removed while it was made: try again');
    try {
      if (mine) {
        fchmodSync(made.descriptor, NEW_FOLDER_MODE);
        await this.sync();
      }
      return made;
    } catch (thrown) {
      made.close();
      throw thrown;
    }
  }

  /** @returns false when another program created it in the meantime */
  private createChild(name: string): boolean {
    try {
      mkdirSync(this.at(name));
      return true;
    } catch (thrown) {
      if (errnoOf(thrown) === 'EEXIST') return false;
      throw fileFailure(thrown, 'make the folder', this.pathOf(name));
    }
  }
}

/**
 * Waits for the disk of a workspace without blocking the process. Every operation begins with it and may then be synchronous:
 * a call on a small file takes microseconds, a trip to the thread pool many times that. A hanging network disk makes the call
 * wait here, in a thread. A disk that begins to hang in the microseconds after that blocks the process.
 * @throws AssentError `disk_unavailable` when the folder cannot be opened
 */
export async function reachWorkspace(root: string): Promise<void> {
  try {
    closeSync(await openInThreadPool(root, OPEN_FOLDER));
  } catch (thrown) {
    throw workspaceUnavailable(thrown);
  }
}

export function workspaceUnavailable(cause: unknown): AssentError {
  const code = errnoOf(cause);
  const why =
    code === null || MISSING.includes(code) ? 'Check that WORKSPACES names a folder that exists.' : diskProblem(code);
  const separator = why.startsWith('Check') ? '.' : ':';
  return new AssentError(
    'disk_unavailable',
    `The folder of the workspace cannot be opened${separator} ${why}`,
    {},
    { cause },
  );
}

import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { AssentError } from '@assent/contract';
import { contentHashOf } from '@assent/platform';
import { errnoOf, fileFailure } from './file-failure';
import type { WorkspaceDirectory } from './workspace-directory';
import { refusedPath } from './workspace-path';

/** Largest file the tools read or write: more is no reading matter for a reviewer, and a diff of it would block the process. */
export const FILE_MAX_BYTES = 1_048_576;

/** NONBLOCK and the look before it: a pipe or a device must neither hang the call nor be touched. */
const OPEN_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const PERMISSION_BITS = 0o777;
const SPECIAL_BITS = 0o7000;
/** Longer than the steps in which the system tells files the time, 10 ms at most. */
const CLOCK_TICK_MS = 20;

/** A file as it was at one moment. */
export interface FileSnapshot {
  readonly bytes: Buffer;
  /** `sha256:<64 hex>` of `bytes`. */
  readonly hash: string;
  /** Permission bits. */
  readonly mode: number;
  /** Set-user-id, set-group-id and sticky bits: new content does not get them. */
  readonly specialBits: number;
  readonly uid: number;
  readonly gid: number;
  /** Names the file had when it was opened; more than one is a hard link. See also `hasOneName`. */
  readonly links: number;
  /** Together they identify the file, independent of its name. */
  readonly dev: number;
  readonly ino: number;
  /** When its content, mode or names changed last, by the clock of the disk. */
  readonly changedMs: number;
}

/**
 * Reads a whole file without following a link. Synchronous up to FILE_MAX_BYTES: hashing the same bytes takes longer.
 * @returns null when it does not exist
 * @throws AssentError `invalid` for links, folders, pipes, devices, files over FILE_MAX_BYTES and files that grow meanwhile
 */
export function readSnapshot(directory: WorkspaceDirectory, name: string): FileSnapshot | null {
  const path = directory.pathOf(name);
  let descriptor: number | undefined;
  try {
    const seen = lstatSync(directory.at(name), { throwIfNoEntry: false });
    if (!seen) return null;
    if (seen.isSymbolicLink()) throw refusedPath(path, 'is a symbolic link, which tools do not follow');
    if (seen.isDirectory()) throw refusedPath(path, 'is a folder, not a file');
    if (!seen.isFile()) throw refusedPath(path, 'is not a regular file');
    descriptor = openSync(directory.at(name), OPEN_FILE);
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw refusedPath(path, 'is not a regular file');
    if (stat.size > FILE_MAX_BYTES) {
      throw refusedPath(path, `has ${stat.size} bytes, over the limit of ${FILE_MAX_BYTES}`);
    }
    const bytes = readAll(descriptor, stat.size, path);
    return {
      bytes,
      hash: contentHashOf(bytes),
      mode: stat.mode & PERMISSION_BITS,
      specialBits: stat.mode & SPECIAL_BITS,
      uid: stat.uid,
      gid: stat.gid,
      links: stat.nlink,
      dev: stat.dev,
      ino: stat.ino,
      changedMs: stat.ctimeMs,
    };
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return null;
    throw fileFailure(thrown, 'read', path);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/**
 * Whether what was read is the content of this name alone, and still is. Counting names once does not tell: in a race, a file
 * that stands elsewhere is given this name, opened under it, and has lost it again, or is just losing it, when its names are
 * counted. Getting or losing a name stamps the file, so: nothing stamped it between then and now, the two stamps would differ,
 * and no loss is under way. Waits up to CLOCK_TICK_MS for a file that was stamped right before.
 */
export async function hasOneName(directory: WorkspaceDirectory, name: string, file: FileSnapshot): Promise<boolean> {
  if (file.links !== 1) return false;
  if (Date.now() - file.changedMs < CLOCK_TICK_MS) await setTimeout(CLOCK_TICK_MS);
  directory.settle();
  const now = lstatSync(directory.at(name), { throwIfNoEntry: false });
  return now?.nlink === 1 && now.ino === file.ino && now.dev === file.dev && now.ctimeMs === file.changedMs;
}

/** @throws AssentError `invalid` for binary content: a NUL byte, or bytes that are not UTF-8. Keeps a byte order mark. */
export function decodeText(bytes: Uint8Array, path: string): string {
  if (bytes.includes(0)) {
    throw refusedPath(path, 'is a binary file: it contains NUL bytes, and the file tools work on text');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw refusedPath(path, 'is not UTF-8 text, which is all the file tools work on', { cause });
  }
}

/**
 * @param name of the text in a message
 * @throws AssentError `invalid` when `text`, given as argument `argument`, cannot become the content of a file
 */
export function assertText(text: string, argument: string, name = argument): void {
  const problem = textProblem(text);
  if (problem) throw new AssentError('invalid', `The ${name} ${problem}.`, { pointer: `/args/${argument}` });
}

function textProblem(text: string): string | null {
  const bytes = Buffer.byteLength(text);
  if (bytes > FILE_MAX_BYTES) return `has ${bytes} bytes, over the limit of ${FILE_MAX_BYTES} for a file`;
  if (text.includes('\0')) return 'contains NUL characters: the file tools write text only';
  if (/\p{Cs}/u.test(text)) return 'contains a lone surrogate, which is no text';
  return null;
}

/** Reads `size` bytes and makes sure that nothing follows them. */
function readAll(descriptor: number, size: number, path: string): Buffer {
  const buffer = Buffer.alloc(size + 1);
  let length = 0;
  while (length < buffer.length) {
    const bytesRead = readSync(descriptor, buffer, length, buffer.length - length, null);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
  }
  throw refusedPath(path, 'grew while it was read: try again');
}

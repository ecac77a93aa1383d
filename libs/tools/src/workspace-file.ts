import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { AssentError } from '@assent/contract';
import { contentHashOf } from '@assent/platform';
import { errnoOf, fileFailure } from './file-failure';
import type { WorkspaceDirectory } from './workspace-directory';
import { refusedPath } from './workspace-path';

/** Maximum bytes of a file that tools read or write. A reviewer cannot read more, and its diff would block the process. */
export const FILE_MAX_BYTES = 1_048_576;

/** NONBLOCK, and the check before opening: a pipe or a device must neither block the call nor be touched. */
const OPEN_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const PERMISSION_BITS = 0o777;
const SPECIAL_BITS = 0o7000;
/** Longer than the resolution of file timestamps, at most 10 ms. */
const CLOCK_TICK_MS = 20;

/** State of a file at one moment. */
export interface FileSnapshot {
  readonly bytes: Buffer;
  /** `sha256:<64 hex>` of `bytes`. */
  readonly hash: string;
  /** Permission bits. */
  readonly mode: number;
  /** Set-user-id, set-group-id and sticky bits. New content does not get them. */
  readonly specialBits: number;
  readonly uid: number;
  readonly gid: number;
  /** Number of names when the file was opened; more than one means hard links. See also `hasOneName`. */
  readonly links: number;
  /** Device and inode identify the file, independent of its name. */
  readonly dev: number;
  readonly ino: number;
  /** Last change of content, mode or names, by the clock of the disk. */
  readonly changedMs: number;
}

/**
 * Reads a whole file without following a link. Synchronous up to FILE_MAX_BYTES, because hashing the same bytes takes longer.
 * @returns null when the file does not exist
 * @throws AssentError `invalid` for links, folders, pipes, devices, files over FILE_MAX_BYTES and files that grow during the read
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
 * Whether the file had and still has only this name. The link count alone does not prove it: in a race, another file can get this
 * name, be opened under it, and lose it before its names are counted. Gaining or losing a name updates the change time, so the
 * check also requires that the change time is the same as before, that two changes would differ in it, and that no removal is in
 * progress. Waits up to CLOCK_TICK_MS for a file that changed just before.
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
 * @throws AssentError `invalid` when `text`, given as argument `argument`, is not valid content of a file
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

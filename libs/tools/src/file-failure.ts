import { AssentError } from '@assent/contract';
import { refusedPath, quotePath } from './workspace-path';

/** Error codes of open(2) and rename(2) when a path is swapped during the call. */
const CHANGED_UNDERNEATH = ['ELOOP', 'ENOTDIR', 'EISDIR', 'ENXIO'];
/** EFBIG: a limit on the size of files (ulimit -f). */
const NO_SPACE = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const TOO_MANY_OPEN = ['EMFILE', 'ENFILE'];
const ERRNO = /^E[A-Z0-9]+$/;
const NOT_PERMITTED = ['EACCES', 'EPERM', 'EROFS'];

/**
 * Describes a file-system error by the path inside the workspace, because the system's text contains the absolute path. An error
 * without a system code is a bug and stays `internal`.
 */
export function fileFailure(thrown: unknown, doing: string, path: string): AssentError {
  if (thrown instanceof AssentError) return thrown;
  const code = errnoOf(thrown);
  const options = { cause: thrown };
  const what = `Could not ${doing} ${quotePath(path)}`;
  if (code === null) {
    return new AssentError('internal', `${what}. Retry; if it stays, report it.`, {}, options);
  }
  if (code === 'ENOENT') {
    return new AssentError(
      'not_found',
      `There is no ${quotePath(path)} in the workspace. Look with file.list.`,
      { pointer: '/args/path' },
      options,
    );
  }
  if (CHANGED_UNDERNEATH.includes(code)) {
    return refusedPath(path, 'changed its kind while it was opened: try again', options);
  }
  if (NOT_PERMITTED.includes(code)) {
    return new AssentError(
      'conflict',
      `${what}: the server's account has no permission (${code}). Change the file's permissions.`,
      { pointer: '/args/path' },
      options,
    );
  }
  return new AssentError('disk_unavailable', `${what}: ${diskProblem(code)}`, {}, options);
}

/** The reason of a disk failure and the next step. */
export function diskProblem(code: string): string {
  if (NO_SPACE.includes(code)) return `the disk of the workspace is full (${code}). Free space, then retry.`;
  if (TOO_MANY_OPEN.includes(code)) {
    return `the server has too many files open (${code}). Retry; if it stays, raise its limit of open files.`;
  }
  return `the disk of the workspace failed (${code}). Retry; if it stays, check that disk.`;
}

/** Moves the pointer of an error to the argument that held the path, when that is not `path`. */
export function pointedAt(pointer: string, thrown: unknown): unknown {
  if (!(thrown instanceof AssentError) || thrown.details.pointer !== '/args/path') return thrown;
  return new AssentError(thrown.reason, thrown.message, { ...thrown.details, pointer }, { cause: thrown });
}

/** The system's error code, e.g. `ENOENT`; null for any other error, including those with Node's own codes. */
export function errnoOf(thrown: unknown): string | null {
  return typeof thrown === 'object' &&
    thrown !== null &&
    'code' in thrown &&
    typeof thrown.code === 'string' &&
    ERRNO.test(thrown.code)
    ? thrown.code
    : null;
}

/** Returns null for a path that a direct call would refuse (no permission, swapped for a link). Throws on disk failures. */
export function nullIfRefused<T>(check: () => T): T | null {
  try {
    return check();
  } catch (thrown) {
    if (thrown instanceof AssentError && thrown.reason !== 'internal') return null;
    throw thrown;
  }
}

import { AssentError } from '@assent/contract';
import { refusedPath, shown } from './workspace-path';

/** What swapping things underneath looks like to open(2) and rename(2). */
const CHANGED_UNDERNEATH = ['ELOOP', 'ENOTDIR', 'EISDIR', 'ENXIO'];
const NO_SPACE = ['ENOSPC', 'EDQUOT'];
const NOT_PERMITTED = ['EACCES', 'EPERM', 'EROFS'];

/** Names a failure of the file system by the path inside the workspace: the system's own text holds the absolute one. */
export function fileFailure(thrown: unknown, doing: string, path: string): AssentError {
  if (thrown instanceof AssentError) return thrown;
  const code = errnoOf(thrown) ?? 'unknown';
  const options = { cause: thrown };
  if (code === 'ENOENT') {
    return new AssentError(
      'not_found',
      `There is no ${shown(path)} in the workspace. Look with file.list.`,
      { pointer: '/args/path' },
      options,
    );
  }
  if (CHANGED_UNDERNEATH.includes(code)) {
    return refusedPath(path, 'changed its kind while it was opened: try again', options);
  }
  if (NO_SPACE.includes(code)) {
    return new AssentError(
      'internal',
      `Could not ${doing} ${shown(path)}: the disk of the workspace is full. Free space, then retry.`,
      {},
      options,
    );
  }
  if (NOT_PERMITTED.includes(code)) {
    return new AssentError(
      'conflict',
      `Could not ${doing} ${shown(path)}: the server's account has no permission (${code}). Change the file's permissions.`,
      { pointer: '/args/path' },
      options,
    );
  }
  return new AssentError(
    'internal',
    `Could not ${doing} ${shown(path)} (${code}). Retry; if it stays, look at the disk of the workspace.`,
    {},
    options,
  );
}

/** For a path that came as another argument than `path`: the same failure, pointing there. */
export function pointedAt(pointer: string, thrown: unknown): unknown {
  if (!(thrown instanceof AssentError) || thrown.details.pointer !== '/args/path') return thrown;
  return new AssentError(thrown.reason, thrown.message, { ...thrown.details, pointer }, { cause: thrown });
}

/** The system's name of a failure, e.g. `ENOENT`; null for anything else. */
export function errnoOf(thrown: unknown): string | null {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : null;
}

import { BOUND } from './locked-folder';
import { MAY_MOUNT, inNamespace } from './small-disk';

/** The error of the system for a write below the folder of `withReadOnly`. */
export const READ_ONLY = MAY_MOUNT ? 'EROFS' : 'EACCES';

/**
 * A command whose process sees a folder as part of a disk that is mounted read-only. If mounting is not permitted, the
 * folder loses its write permission instead: an ordinary user gets another error code on the same code path.
 */
export function withReadOnly(folder: string, command: readonly string[]): [string, ...string[]] {
  if (MAY_MOUNT) {
    return inNamespace('mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"', folder, command);
  }
  const script = 'chmod 555 "$0" && exec "$@"';
  const [program = '', ...args] = [...BOUND, 'sh', '-c', script, folder, ...command];
  return [program, ...args];
}

import { AssentError, type JsonObject } from '@assent/contract';
import type { ToolAdapter } from './tool-adapter.port';

/**
 * Every path that a call touches, for rules about paths. Rules cannot name ".", the root of the workspace, so it is left out.
 * @throws AssentError `invalid` (pointer /args/...) for arguments that cannot be read; the author has to correct them,
 * regardless of the policy
 */
export function pathsOfCall(adapter: ToolAdapter, args: JsonObject): readonly string[] {
  const { path } = args;
  // A tool's schema may allow it, but a path that is not text would match no rule about paths.
  if (path !== undefined && typeof path !== 'string') {
    throw new AssentError(
      'invalid',
      'The argument "path" is not a string, so no rule about paths could match. Give it as a string.',
      { pointer: '/args/path' },
    );
  }
  const paths = adapter.paths?.(args) ?? (path === undefined ? [] : [path]);
  return paths.filter((one) => one !== '.');
}

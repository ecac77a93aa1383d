import type { FileChange, Risk } from '@assent/contract';
import { characterFlags } from './hidden-characters';
import { effectOf, type StoredContent } from './stored-content';

/** Lines added and removed that nobody reads at one sitting. */
const LARGE_LINES = 400;
const LARGE_FILES = 20;

/** What makes a change risky, from the bytes that would be applied. @param tainted its arguments may hold text from outside */
export function risksOf(content: StoredContent, files: readonly FileChange[], tainted: boolean): Risk[] {
  const external = effectOf(content) === 'external';
  const moved = content.v === 1 ? new Set(content.files.map(({ movedFrom }) => movedFrom)) : new Set();
  const deletes = files.some(({ kind, path }) => kind === 'delete' && !moved.has(path));
  const large = linesOf(files) >= LARGE_LINES || files.length >= LARGE_FILES;
  const hidden = characterFlags(content).flags.some(({ added }) => added);
  return [
    ...(external || deletes ? (['irreversible'] as const) : []),
    ...(external ? (['external'] as const) : []),
    ...(large ? (['large'] as const) : []),
    ...(hidden ? (['hidden'] as const) : []),
    ...(tainted ? (['tainted'] as const) : []),
  ];
}

export function linesOf(files: readonly FileChange[]): number {
  return files.reduce((sum, { added, removed }) => sum + added + removed, 0);
}

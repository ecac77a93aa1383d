import { AssentError } from '@assent/contract';
import type { WorkspaceDirectory } from './workspace-directory';

/** Entries one call looks at: seconds of work on a cold disk; a narrower path or glob reaches further. */
export const WALK_ENTRIES_MAX = 20_000;

export interface WalkedFile {
  readonly path: string;
  readonly name: string;
  /** Open while the file is the current one. */
  readonly directory: WorkspaceDirectory;
}

/** Shared by one walk: how many entries it may still look at, and whether anything was left out. */
export interface WalkBudget {
  entries: number;
  truncated: boolean;
}

/**
 * Every plain file below a folder, depth first, by name: the same order each time. Follows no links. Closes each folder but
 * the one it was given.
 */
export async function* walkFiles(
  directory: WorkspaceDirectory,
  budget: WalkBudget,
  signal: AbortSignal,
): AsyncGenerator<WalkedFile> {
  const { entries, complete } = await directory.entries(budget.entries);
  budget.entries -= entries.length;
  budget.truncated ||= !complete;
  for (const { name, kind } of entries) {
    signal.throwIfAborted();
    if (kind === 'file') {
      yield { path: directory.pathOf(name), name, directory };
      continue;
    }
    const child = nullIfRefused(() => directory.child(name));
    if (!child) continue;
    try {
      yield* walkFiles(child, budget, signal);
    } finally {
      child.close();
    }
  }
}

/** Null for what a direct call would refuse (no permission, swapped for a link): a walk leaves it out. A disk that fails is not passed over. */
export function nullIfRefused<T>(check: () => T): T | null {
  try {
    return check();
  } catch (thrown) {
    if (thrown instanceof AssentError && thrown.reason !== 'internal') return null;
    throw thrown;
  }
}

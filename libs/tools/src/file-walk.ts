import { setImmediate } from 'node:timers/promises';
import { nullIfRefused } from './file-failure';
import type { IgnoreRules } from './ignore-rules';
import type { FolderEntry, WorkspaceDirectory } from './workspace-directory';

/** Entries one call looks at: seconds of work on a cold disk; a narrower path or glob reaches further. */
export const WALK_ENTRIES_MAX = 20_000;
/** Entries between which nothing else of the process has a turn. */
const ENTRIES_PER_TURN = 100;

export interface WalkedEntry extends FolderEntry {
  readonly path: string;
  /** The folder that holds it, open while the entry is the current one. */
  readonly directory: WorkspaceDirectory;
}

/** Shared by one walk: how many entries it may still look at, and whether anything was left out. */
export interface WalkBudget {
  entries: number;
  truncated: boolean;
}

export interface Walk {
  readonly budget: WalkBudget;
  readonly signal: AbortSignal;
  /** Rules of the folders above; absent: nothing is ignored. */
  readonly rules?: IgnoreRules | null;
  /** Levels of folders; absent: all. */
  readonly depth?: number;
}

/**
 * Every plain file and folder below a folder, depth first, by name, a folder before what it holds: the same order each time.
 * Follows no links and enters no ignored folder. Closes each folder but the one it was given.
 */
export async function* walkEntries(directory: WorkspaceDirectory, walk: Walk): AsyncGenerator<WalkedEntry> {
  const { budget, signal, depth = Infinity } = walk;
  const { entries, complete } = await directory.entries(budget.entries);
  budget.entries -= entries.length;
  budget.truncated ||= !complete;
  const rules = walk.rules?.within(directory) ?? null;
  for (const [index, { name, kind }] of entries.entries()) {
    if (index % ENTRIES_PER_TURN === 0) await setImmediate();
    signal.throwIfAborted();
    const entry = { path: directory.pathOf(name), name, kind, directory };
    if (rules?.ignores(entry.path, kind === 'directory') === true) continue;
    yield entry;
    const child = kind === 'directory' && depth > 1 ? nullIfRefused(() => directory.child(name)) : null;
    if (!child) continue;
    try {
      yield* walkEntries(child, { ...walk, rules, depth: depth - 1 });
    } finally {
      child.close();
    }
  }
}

/** The files among them. */
export async function* walkFiles(directory: WorkspaceDirectory, walk: Walk): AsyncGenerator<WalkedEntry> {
  for await (const entry of walkEntries(directory, walk)) {
    if (entry.kind === 'file') yield entry;
  }
}

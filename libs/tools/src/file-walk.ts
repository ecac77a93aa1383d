import { setImmediate } from 'node:timers/promises';
import { nullIfRefused } from './file-failure';
import type { IgnoreRules } from './ignore-rules';
import type { FolderEntry, WorkspaceDirectory } from './workspace-directory';

/** Maximum entries per call: seconds of work on a cold disk. A narrower path or glob reaches further. */
export const WALK_ENTRIES_MAX = 20_000;
/** Entries processed before the walk yields to the event loop. */
const ENTRIES_PER_TURN = 100;

export interface WalkedEntry extends FolderEntry {
  readonly path: string;
  /** The folder that contains the entry, open while the entry is current. */
  readonly directory: WorkspaceDirectory;
}

/** Budget of one walk: how many more entries it may read, and whether it left any out. */
export interface WalkBudget {
  entries: number;
  truncated: boolean;
}

export interface Walk {
  readonly budget: WalkBudget;
  readonly signal: AbortSignal;
  /** Ignore rules of the folders above; absent: nothing is ignored. */
  readonly rules?: IgnoreRules | null;
  /** Maximum depth in folders; absent: no limit. */
  readonly depth?: number;
}

/**
 * Every plain file and folder below a folder, depth first, by name, a folder before its entries, so the order is always the same.
 * Follows no links and enters no ignored folder. Closes every folder except the given one.
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

/** Like `walkEntries`, files only. */
export async function* walkFiles(directory: WorkspaceDirectory, walk: Walk): AsyncGenerator<WalkedEntry> {
  for await (const entry of walkEntries(directory, walk)) {
    if (entry.kind === 'file') yield entry;
  }
}

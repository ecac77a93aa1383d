import { Type, type Static } from '@sinclair/typebox';
import { AssentError, closed, type JsonObject } from '@assent/contract';
import {
  WorkspaceDirectory,
  reachWorkspace,
  type FolderEntry,
  PathArgument,
  parsePath,
  quotePath,
  type ReadAdapter,
  type ToolContext,
  WALK_ENTRIES_MAX,
  nullIfRefused,
  walkFiles,
  type WalkBudget,
} from '@assent/tools';
import { FILE_DEADLINE_MS, GlobArgument, readGlob } from './file-arguments';

const LIMIT_MAX = 1_000;
const LIMIT_DEFAULT = 200;
const DEPTH_MAX = 8;

const Arguments = closed({
  path: Type.Optional(PathArgument),
  glob: Type.Optional(GlobArgument),
  depth: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: DEPTH_MAX,
      description: 'Levels of folders to list as a tree, each folder before what it holds; default 1; not with "glob"',
      examples: [2],
    }),
  ),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: LIMIT_MAX,
      description: `Most entries; default ${LIMIT_DEFAULT}`,
      examples: [500],
    }),
  ),
});

/** What a folder holds; with a glob, the files anywhere below it. */
export const fileList: ReadAdapter = {
  name: 'file.list',
  description:
    'Lists a folder of the workspace (default: its root), or a tree of folders with "depth". With "glob", lists the files below the folder whose path from there matches. ' +
    'Leaves out symbolic links and .git. "truncated" says that there are more.',
  effect: 'read',
  inputSchema: Arguments,
  effort: 1,
  idempotent: true,
  deadlineMs: FILE_DEADLINE_MS,

  async run(
    { path = '.', glob, depth = 1, limit = LIMIT_DEFAULT }: Static<typeof Arguments>,
    context: ToolContext,
  ): Promise<JsonObject> {
    await reachWorkspace(context.workspace.root);
    const folder = openFolder(context.workspace.root, path);
    const budget: WalkBudget = { entries: WALK_ENTRIES_MAX, truncated: false };
    try {
      const entries: { path: string; kind: FolderEntry['kind'] }[] = [];
      const found =
        glob === undefined
          ? children(folder, budget, depth, context.signal)
          : matching(folder, glob, budget, context.signal);
      for await (const entry of found) {
        if (!context.shows(entry.path)) continue;
        if (entries.length === limit) return { path, entries, truncated: true };
        entries.push(entry);
      }
      return { path, entries, truncated: budget.truncated };
    } finally {
      folder.close();
    }
  },
};

function openFolder(root: string, path: string): WorkspaceDirectory {
  if (path === '.') return WorkspaceDirectory.openRoot(root);
  const { parents, name } = parsePath(path);
  const folder = WorkspaceDirectory.open(root, [...parents, name]);
  if (folder) return folder;
  throw new AssentError('not_found', `There is no folder ${quotePath(path)} in the workspace. List its parent.`, {
    pointer: '/args/path',
  });
}

async function* children(
  folder: WorkspaceDirectory,
  budget: WalkBudget,
  depth: number,
  signal: AbortSignal,
): AsyncGenerator<{ path: string; kind: FolderEntry['kind'] }> {
  const { entries, complete } = await folder.entries(budget.entries);
  budget.entries -= entries.length;
  budget.truncated ||= !complete;
  for (const { name, kind } of entries) {
    signal.throwIfAborted();
    yield { path: folder.pathOf(name), kind };
    const child = kind === 'directory' && depth > 1 ? nullIfRefused(() => folder.child(name)) : null;
    if (!child) continue;
    try {
      yield* children(child, budget, depth - 1, signal);
    } finally {
      child.close();
    }
  }
}

async function* matching(folder: WorkspaceDirectory, pattern: string, budget: WalkBudget, signal: AbortSignal) {
  const matches = readGlob(pattern);
  const prefix = folder.pathOf('').length;
  for await (const { path } of walkFiles(folder, budget, signal)) {
    if (matches(path.slice(prefix))) yield { path, kind: 'file' as const };
  }
}

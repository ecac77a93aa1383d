import { Type, type Static } from '@sinclair/typebox';
import { AssentError, closed, type JsonObject } from '@assent/contract';
import {
  IgnoreRules,
  WorkspaceDirectory,
  reachWorkspace,
  type FolderEntry,
  PathArgument,
  parsePath,
  quotePath,
  type ReadAdapter,
  type ToolContext,
  WALK_ENTRIES_MAX,
  walkEntries,
  walkFiles,
  type Walk,
  type WalkedEntry,
} from '@assent/tools';
import { FILE_DEADLINE_MS, GlobArgument, IncludeIgnoredArgument, readGlob } from './file-arguments';

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
  includeIgnored: IncludeIgnoredArgument,
});

/** `file.list`: lists a folder or, with a glob, all matching files below it. */
export const fileList: ReadAdapter = {
  name: 'file.list',
  description:
    'Lists a folder of the workspace (default: its root), or a tree of folders with "depth". With "glob", lists the files below the folder whose path from there matches. ' +
    'Leaves out what .gitignore files leave out (unless "includeIgnored", or the folder itself is ignored), symbolic links and .git. "truncated" says that there are more.',
  effect: 'read',
  inputSchema: Arguments,
  effort: 1,
  idempotent: true,
  deadlineMs: FILE_DEADLINE_MS,

  async run(
    { path = '.', glob, depth = 1, limit = LIMIT_DEFAULT, includeIgnored = false }: Static<typeof Arguments>,
    { workspace, signal, shows }: ToolContext,
  ): Promise<JsonObject> {
    await reachWorkspace(workspace.root);
    const folders = foldersOf(path);
    const folder = openFolder(workspace.root, folders, path);
    const budget = { entries: WALK_ENTRIES_MAX, truncated: false };
    try {
      const rules = includeIgnored ? null : IgnoreRules.at(workspace.root, folders);
      const entries: { path: string; kind: FolderEntry['kind'] }[] = [];
      const walk: Walk = { budget, signal, rules };
      const found = glob === undefined ? walkEntries(folder, { ...walk, depth }) : matching(folder, glob, walk);
      for await (const { path: shown, kind } of found) {
        if (!shows(shown)) continue;
        if (entries.length === limit) return { path, entries, truncated: true };
        entries.push({ path: shown, kind });
      }
      return { path, entries, truncated: budget.truncated };
    } finally {
      folder.close();
    }
  },
};

function foldersOf(path: string): readonly string[] {
  if (path === '.') return [];
  const { parents, name } = parsePath(path);
  return [...parents, name];
}

function openFolder(root: string, folders: readonly string[], path: string): WorkspaceDirectory {
  const folder = WorkspaceDirectory.open(root, folders);
  if (folder) return folder;
  throw new AssentError('not_found', `There is no folder ${quotePath(path)} in the workspace. List its parent.`, {
    pointer: '/args/path',
  });
}

async function* matching(folder: WorkspaceDirectory, pattern: string, walk: Walk): AsyncGenerator<WalkedEntry> {
  const matches = readGlob(pattern);
  const prefix = folder.pathOf('').length;
  for await (const entry of walkFiles(folder, walk)) {
    if (matches(entry.path.slice(prefix))) yield entry;
  }
}

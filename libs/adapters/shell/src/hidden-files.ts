import { AssentError } from '@assent/contract';
import { reachWorkspace, WorkspaceDirectory, walkFiles, type ToolContext } from '@assent/tools';

/** Maximum hidden files. Each costs one mount per call and space on the command line. */
const HIDDEN_MAX = 500;
/** Maximum entries to check. Higher than for searches: a program may read every file, so all of them are checked first. */
const ENTRIES_MAX = 200_000;

/**
 * The workspace files that the policy hides from calls. A program must not see their content either.
 * @throws AssentError `forbidden` when too many files are hidden or the workspace has too many files to check
 */
export async function hiddenFiles({ workspace, signal, shows }: ToolContext): Promise<string[]> {
  await reachWorkspace(workspace.root);
  const directory = WorkspaceDirectory.openRoot(workspace.root);
  const budget = { entries: ENTRIES_MAX, truncated: false };
  const hidden: string[] = [];
  try {
    for await (const { path } of walkFiles(directory, { budget, signal })) {
      if (!shows(path)) hidden.push(path);
    }
  } finally {
    directory.close();
  }
  if (budget.truncated) throw refused(workspace.name, `has more than ${ENTRIES_MAX} entries, too many to check`);
  if (hidden.length > HIDDEN_MAX)
    throw refused(workspace.name, `has more than ${HIDDEN_MAX} files that the policy hides`);
  return hidden;
}

function refused(workspace: string, problem: string): AssentError {
  return new AssentError(
    'forbidden',
    `Programs are refused in the workspace "${workspace}": it ${problem}, and a program could read them all. Use a smaller workspace.`,
    { workspace },
  );
}

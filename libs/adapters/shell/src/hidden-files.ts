import { AssentError } from '@assent/contract';
import { reachWorkspace, WorkspaceDirectory, walkFiles, type ToolContext } from '@assent/tools';

/** Each costs a mount at every call, and its place on a command line. */
const HIDDEN_MAX = 500;
/** More than searches look at: a program may read all of it, so all of it has to be looked at before. */
const ENTRIES_MAX = 200_000;

/**
 * The files of the workspace that the policy does not let a call show: a program must not see their content either.
 * @throws AssentError `forbidden` when there are too many of them, or too many files to look at
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

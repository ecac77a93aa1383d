import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TempWorkspace } from './temp-workspace';

const run = promisify(execFile);

/**
 * The result of `git apply` for a patch, independent of the account's configuration.
 * @throws Error when git refuses it
 */
export async function gitApply(workspace: TempWorkspace, patch: string): Promise<void> {
  const child = git(workspace, 'apply', '--whitespace=nowarn', '-');
  child.child.stdin?.end(patch);
  await child;
}

/** The files that git does not ignore. Initialises a repository in the workspace. */
export async function gitFiles(workspace: TempWorkspace): Promise<string[]> {
  await git(workspace, 'init', '--quiet');
  const { stdout } = await git(workspace, 'ls-files', '--others', '--exclude-standard', '-z');
  return stdout.split('\0').filter((path) => path !== '');
}

function git(workspace: TempWorkspace, ...args: readonly string[]) {
  const settings = [
    'GIT_CONFIG_NOSYSTEM=1',
    'GIT_CONFIG_GLOBAL=/dev/null',
    `GIT_CEILING_DIRECTORIES=${workspace.root}`,
  ];
  return run('env', [...settings, 'git', ...args], { cwd: workspace.root });
}

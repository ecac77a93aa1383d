import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TempWorkspace } from './temp-workspace';

const run = promisify(execFile);

/**
 * The result of `git apply` for a patch, independent of the account's configuration.
 * @throws Error when git refuses it
 */
export async function gitApply(workspace: TempWorkspace, patch: string): Promise<void> {
  const settings = [
    'GIT_CONFIG_NOSYSTEM=1',
    'GIT_CONFIG_GLOBAL=/dev/null',
    `GIT_CEILING_DIRECTORIES=${workspace.root}`,
  ];
  const child = run('env', [...settings, 'git', 'apply', '--whitespace=nowarn', '-'], { cwd: workspace.root });
  child.child.stdin?.end(patch);
  await child;
}

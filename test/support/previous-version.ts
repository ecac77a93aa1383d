import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');
const PATHS = ['apps', 'libs', 'packages', 'tsconfig.json', 'package.json'];
/** Modules that the boot of the server imports by the names the compiler gives them. */
const LOADED_LATER = ['server', 'migrate', 'preflight.contents'];
const run = promisify(execFile);

/** The sources of an earlier commit, run as they were with this version's packages. */
export class PreviousVersion {
  private constructor(private readonly folder: string) {}

  /**
   * Checks out the last commit that did not have a file yet. A path, and not a hash: hashes change when history is rewritten.
   * @param added path of the file from the root of the repository
   * @throws Error when the history does not reach back to the commit
   */
  static async checkoutBefore(added: string): Promise<PreviousVersion> {
    const folder = await mkdtemp(join(tmpdir(), 'assent-previous-'));
    const archive = join(folder, 'sources.tar');
    const log = ['log', '--diff-filter=A', '--format=%P', '--', added];
    const { stdout: parents } = await run('git', log, { cwd: ROOT });
    const [commit] = parents.trim().split(/\s+/).slice(-1);
    if (!commit)
      throw new Error(`No commit before ${added}: this test needs the whole history (git fetch --unshallow).`);
    // An old version has no packages.
    const { stdout: present } = await run('git', ['ls-tree', '--name-only', commit, ...PATHS], { cwd: ROOT });
    await run('git', ['archive', '--output', archive, commit, ...present.trim().split('\n')], { cwd: ROOT });
    await run('tar', ['xf', archive, '-C', folder]);
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const name of LOADED_LATER) {
      await writeFile(join(folder, `apps/server/src/${name}.js`), `module.exports = require('./${name}.ts');\n`);
    }
    return new PreviousVersion(folder);
  }

  /** Program and arguments that start the server, as in ServerSettings. */
  get command(): [string, ...string[]] {
    const main = join(this.folder, 'apps/server/src/main.ts');
    return ['env', '-C', this.folder, process.execPath, '-r', '@swc-node/register', main];
  }

  /** Settings that the command needs. */
  get env(): Record<string, string> {
    // Its console is not built.
    return { TS_NODE_PROJECT: join(this.folder, 'tsconfig.json'), CONSOLE: 'off' };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

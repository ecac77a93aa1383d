import { execFile } from 'node:child_process';
import { chmod, copyFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stagesIn, type Instruction } from './dockerfile';

const ROOT = join(__dirname, '../..');
/** The user of the image. */
const UID = '65532';
const run = promisify(execFile);

/**
 * Everything that the process can see is read-only but its volume: what `read_only: true` and `readOnlyRootFilesystem` do.
 * Then the rights are given up, as the image's USER and the security context do.
 */
const CONTAINED = `
  mount --bind "$VOLUME" "$VOLUME"
  mount -o remount,bind,ro /
  awk '$2 != "/" { print $2 }' /proc/self/mounts | while read -r at; do
    case "$at" in "$VOLUME" | /proc* | /sys* | /dev*) ;; *) mount -o remount,bind,ro "$at" 2>/dev/null || true ;; esac
  done
  cd "$IMAGE"
  exec setpriv --reuid ${UID} --regid ${UID} --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all -- ./node "$@"
`;

/** What the Dockerfile makes, made without Docker: its steps, in a folder. */
export class Image {
  private constructor(
    readonly folder: string,
    /** The command of the image. */
    readonly command: readonly string[],
    /**
     * Whether processes get their own namespaces; otherwise they run as the account that runs the tests, over files
     * without write bits.
     */
    readonly contained: boolean,
  ) {}

  /** Executes the steps of the Dockerfile's stages, except the build, which was made before the tests. */
  static async build(): Promise<Image> {
    const stages = stagesIn(await readFile(join(ROOT, 'docker/Dockerfile'), 'utf8'));
    const folder = await mkdtemp(join(tmpdir(), 'assent-image-'));
    await chmod(folder, 0o755);
    for (const { instruction, argument } of stageNamed(stages, 'dependencies')) {
      if (instruction === 'COPY') await copyIn(argument, folder);
      if (instruction === 'RUN') await shell(argument, folder);
    }
    await cp(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
    const last = stages.at(-1) ?? [];
    for (const { instruction, argument } of last) {
      if (instruction === 'COPY' && !argument.startsWith('--from')) await copyIn(argument, folder);
    }
    await copyFile(process.execPath, join(folder, 'node'));
    const command = JSON.parse(last.findLast(({ instruction }) => instruction === 'CMD')?.argument ?? '[]') as string[];
    const contained = await canContain();
    if (!contained) await run('chmod', ['-R', 'a-w', folder]);
    return new Image(folder, command, contained);
  }

  /** Program and arguments that run a script of the image as a container would. @param volume the only writable folder */
  contain(volume: string, script: readonly string[]): [string, ...string[]] {
    const inside = ['sh', '-euc', CONTAINED, 'sh', ...script];
    if (this.contained) return ['env', `IMAGE=${this.folder}`, `VOLUME=${volume}`, 'unshare', '--mount', ...inside];
    return ['env', '-C', this.folder, './node', ...script];
  }

  async remove(): Promise<void> {
    if (!this.contained) await run('chmod', ['-R', 'u+w', this.folder]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

function stageNamed(stages: readonly Instruction[][], name: string): Instruction[] {
  return stages.find(([from]) => from?.argument.endsWith(` AS ${name}`)) ?? [];
}

async function copyIn(argument: string, folder: string): Promise<void> {
  for (const path of argument.split(' ').slice(0, -1)) {
    await cp(join(ROOT, path), join(folder, path), { recursive: true });
  }
}

/** Reuses the packages that were downloaded for this checkout. */
async function shell(command: string, cwd: string): Promise<void> {
  await run('sh', ['-euc', command], { cwd, env: { ...process.env, npm_config_prefer_offline: 'true' } });
}

async function canContain(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  return run('unshare', ['--mount', 'sh', '-euc', 'mount -o remount,bind,ro / && command -v setpriv']).then(
    () => true,
    () => false,
  );
}

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stagesIn } from './dockerfile';
import { runLimited } from './limited-command';
import { scaled } from './limits';

const ROOT = join(__dirname, '../..');
/** The root of the base image is made once for each version of Node. */
const BASES = join(ROOT, 'node_modules/.cache/image-base');
const TAG = 'localhost/assent:test';

const BASE_WITHIN_MS = 180_000;
const BUILD_WITHIN_MS = 600_000;
/** Any other command of buildah. */
const COMMAND_WITHIN_MS = 60_000;

interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly StopSignal: string;
  readonly ExposedPorts: Readonly<Record<string, object>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

/**
 * What a container runtime does, without one: the root of the image read-only, /tmp and the volume writable, own
 * processes in /proc, then the user of the image without new privileges.
 */
const CONTAINED = `
  mount --bind "$IMAGE" "$IMAGE"
  mount --bind "$VOLUME" "$IMAGE/workspace"
  mount -t tmpfs tmpfs "$IMAGE/tmp"
  mount -t proc proc "$IMAGE/proc"
  mount --rbind /dev "$IMAGE/dev"
  mount --bind /etc/hosts "$IMAGE/etc/hosts"
  mount -o remount,bind,ro "$IMAGE"
  exec setpriv --no-new-privs chroot --userspec="$IMAGE_USER" "$IMAGE" sh -c 'cd "$IMAGE_FOLDER" && exec "$@"' sh "$@"
`;

/**
 * The image of docker/Dockerfile. buildah builds it, on a base image of Debian's packages and npm's Node, in a store of
 * its own. Its command runs on the mounted root of a container of it.
 */
export class Container {
  private constructor(
    private readonly folder: string,
    readonly config: ImageConfig,
    /** The path of its root on this machine. */
    readonly root: string,
  ) {}

  static async build(): Promise<Container> {
    const folder = await mkdtemp(join(tmpdir(), 'assent-image-'));
    try {
      return await buildIn(folder, (config, root) => new Container(folder, config, root));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /**
   * Program and arguments that run a command of the image.
   * @param volume the only writable folder besides /tmp
   * @param namespaces options of unshare
   */
  contain(
    volume: string,
    command: readonly string[] = this.config.Cmd,
    namespaces: readonly string[] = ['--mount'],
  ): [string, ...string[]] {
    const { User, WorkingDir, Env } = this.config;
    const variables = [`IMAGE=${this.root}`, `VOLUME=${volume}`, `IMAGE_USER=${User}`, `IMAGE_FOLDER=${WorkingDir}`];
    // The test chooses the port.
    const ofImage = Env.filter((variable) => !variable.startsWith('PORT='));
    return ['env', ...variables, ...ofImage, 'unshare', ...namespaces, '/bin/sh', '-euc', CONTAINED, 'sh', ...command];
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function buildIn<T>(folder: string, made: (config: ImageConfig, root: string) => T): Promise<T> {
  const store = ['--root', join(folder, 'store'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
  const buildah = (args: readonly string[], withinMs = COMMAND_WITHIN_MS): Promise<string> =>
    runLimited('buildah', [...store, ...args], { withinMs: scaled(withinMs), cwd: ROOT }).then((text) => text.trim());
  await makeBase(buildah);
  await buildah(await buildCommand(folder), BUILD_WITHIN_MS);
  const inspected = JSON.parse(await buildah(['inspect', '--type', 'image', TAG])) as {
    Docker: { config: ImageConfig };
  };
  const root = await buildah(['mount', await buildah(['from', '--pull-never', TAG])]);
  return made(inspected.Docker.config, root);
}

/** Gives the store an image by the name of the Dockerfile's base. */
async function makeBase(buildah: (args: readonly string[]) => Promise<string>): Promise<void> {
  const [[from] = []] = stagesIn(await readFile(join(ROOT, 'docker/Dockerfile'), 'utf8'));
  const [name = ''] = from?.argument.split(' ') ?? [];
  const [, version = ''] = /:([\d.]+)-/.exec(name) ?? [];
  const archive = join(BASES, `node-${version}.tar`);
  if (!existsSync(archive)) {
    await mkdir(BASES, { recursive: true });
    const script = join(ROOT, 'scripts/image-base.sh');
    await runLimited('bash', [script, archive], { withinMs: scaled(BASE_WITHIN_MS) });
  }
  const container = await buildah(['from', 'scratch']);
  await buildah(['add', '--quiet', container, archive, '/']);
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  await buildah(['config', '--env', path, '--env', `NODE_VERSION=${version}`, '--cmd', 'node', container]);
  await buildah(['commit', '--quiet', '--rm', container, `docker.io/library/${name}`]);
}

/** npm in the image reads the certificates of this machine, and takes the packages it has downloaded already. */
async function buildCommand(folder: string): Promise<string[]> {
  const npmrc = join(folder, 'npmrc');
  const lines = ['cafile=/etc/ssl/certs/ca-certificates.crt', 'cache=/root/.npm', 'prefer-offline=true'];
  await writeFile(npmrc, `${lines.join('\n')}\n`);
  const cache = (await runLimited('npm', ['config', 'get', 'cache'], { withinMs: scaled(COMMAND_WITHIN_MS) })).trim();
  const volumes = ['--volume', `${npmrc}:/root/.npmrc:ro`, '--volume', `${cache}:/root/.npm:rw`];
  // npm opens thousands of files at once.
  const isolation = ['--isolation', 'chroot', '--ulimit', 'nofile=20000:20000'];
  const format = ['--pull-never', '--format', 'docker', '--tag', TAG, '--file', 'docker/Dockerfile'];
  return ['bud', '--quiet', ...isolation, ...volumes, ...format, '.'];
}

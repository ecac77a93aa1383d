import { execFile, execFileSync, type SpawnOptions } from 'node:child_process';
import { chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port';

const VERSIONS = '/usr/lib/postgresql';
const PASSWORD = 'a-password-of-the-test';
const run = promisify(execFile);

export type Account = Pick<SpawnOptions, 'uid' | 'gid'>;

/** A Postgres of Debian's package, whose programs of the same version (`pg_dump`, `pg_restore`) are in PATH. */
export class DebianPostgres {
  private constructor(
    private readonly dataDir: string,
    private readonly port: number,
  ) {}

  /** @param folder one that the account of Postgres may enter */
  static async start(folder: string): Promise<DebianPostgres> {
    const account = postgresAccount();
    const [dataDir, passwords] = [join(folder, 'data'), join(folder, 'password')];
    await mkdir(dataDir, { recursive: true });
    await writeFile(passwords, PASSWORD);
    for (const path of [folder, dataDir, passwords]) await giveTo(account, path);
    const postgres = new DebianPostgres(dataDir, await freePort());
    const init = [
      '-D',
      dataDir,
      '-U',
      'postgres',
      '-A',
      'scram-sha-256',
      '--pwfile',
      passwords,
      '-E',
      'UTF8',
      '--no-sync',
    ];
    await run(join(await binFolder(), 'initdb'), init, account);
    await postgres.start();
    return postgres;
  }

  get url(): string {
    return `postgres://postgres:${PASSWORD}@127.0.0.1:${this.port}/postgres`;
  }

  /** Starts it again when it has ended. */
  async revive(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.control('stop', '-m', 'immediate').catch(() => undefined);
  }

  private async start(): Promise<void> {
    const settings = `-p ${this.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=200`;
    await this.control('start', '-l', join(this.dataDir, 'log'), '-o', settings);
  }

  private async control(...args: string[]): Promise<void> {
    await run(join(await binFolder(), 'pg_ctl'), ['-D', this.dataDir, '-w', ...args], {
      ...postgresAccount(),
      cwd: this.dataDir,
    });
  }
}

/** Postgres refuses to run as root, which acts as the user of Debian's package. */
export function postgresAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  const id = (kind: '-u' | '-g') => Number(execFileSync('id', [kind, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export async function giveTo({ uid, gid }: Account, path: string): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

/** Programs of the newest version that is installed. */
export async function binFolder(): Promise<string> {
  const names = await readdir(VERSIONS);
  const newest = names.map(Number).sort((one, other) => other - one)[0];
  if (newest === undefined) throw new Error(`There is no Postgres in ${VERSIONS}.`);
  return join(VERSIONS, String(newest), 'bin');
}

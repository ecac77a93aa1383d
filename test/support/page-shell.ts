import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually';
import { freePort } from './free-port';

const ROOT = join(__dirname, '../..');
/** What a clone does not have. */
const NOT_CLONED = new Set(['.git', '.data', 'coverage']);
const READY = /Assent is ready at (\S+)/;
/**
 * Replaces npm: the commands before this test have done the work (`npm ci`), or it is this test (`npm test`). Removing
 * node_modules while tests run would end them.
 */
const NPM = 'npm() { case "$1" in ci | test) ;; *) command npm "$@" ;; esac; }';
const START_MS = 120_000;
const BLOCK_MS = 120_000;

export interface Ended {
  readonly status: number;
  readonly output: string;
}

/** A fresh checkout without data, a terminal whose variables persist, and a server in another terminal. */
export class PageShell {
  private server: ChildProcess | null = null;
  private blocks = 0;

  private constructor(
    readonly folder: string,
    private readonly port: number,
    private readonly shell: ChildProcess,
  ) {}

  static async open(): Promise<PageShell> {
    const folder = await mkdtemp(join(tmpdir(), 'assent-page-'));
    await Promise.all([mkdir(join(folder, 'checkout')), mkdir(join(folder, 'tmp'))]);
    for (const name of await readdir(ROOT)) {
      if (!NOT_CLONED.has(name)) await symlink(join(ROOT, name), join(folder, 'checkout', name));
    }
    const port = await freePort();
    const shell = spawn('bash', ['--noprofile', '--norc'], options(folder, port));
    shell.stdin.write(`${NPM}\n`);
    return new PageShell(folder, port, shell);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The value of a variable of the terminal. */
  async variable(name: string): Promise<string> {
    return (await this.run(`printf %s "$${name}"`)).output;
  }

  /** Runs commands in the terminal to their end. The answer to every question is yes. */
  async run(commands: string): Promise<Ended> {
    const { file, done } = await this.write(commands);
    this.shell.stdin?.write(`source ${file} < <(yes y) > ${file}.out 2>&1; echo $? > ${done}\n`);
    const status = await eventually('the block ends', async () => this.read(done), BLOCK_MS);
    return { status: Number(status), output: (await this.read(`${file}.out`)) ?? '' };
  }

  /** Runs commands in a separate terminal, with the variables of the first one. */
  async follow(commands: string): Promise<{ output(): Promise<string>; ended(): Promise<number> }> {
    const { file, done } = await this.write(commands);
    this.shell.stdin?.write(`(source ${file} < /dev/null > ${file}.out 2>&1; echo $? > ${done}) &\n`);
    return {
      output: async () => (await this.read(`${file}.out`)) ?? '',
      ended: async () => Number(await eventually('it ends by itself', async () => this.read(done), BLOCK_MS)),
    };
  }

  /** Runs commands that start a server, in a separate terminal, until it is ready. A previous server is stopped. */
  async serve(commands: string): Promise<void> {
    await this.stopServer();
    const { file } = await this.write(`${NPM}\n${commands}`);
    const server = spawn('bash', ['--noprofile', '--norc', file], {
      ...options(this.folder, this.port),
      detached: true,
    });
    this.server = server;
    let output = '';
    for (const stream of [server.stdout, server.stderr])
      stream.on('data', (data: Buffer) => (output += data.toString()));
    await eventually('the server is ready or ends', () => READY.test(output) || server.exitCode !== null, START_MS);
    if (!READY.test(output)) throw new Error(`The server ended before it was ready:\n${output}`);
  }

  async close(): Promise<void> {
    await this.stopServer();
    const gone = once(this.shell, 'exit');
    this.shell.stdin?.end();
    await gone;
    await rm(this.folder, { recursive: true, force: true });
  }

  /** As Ctrl-C does: the whole group of the terminal. */
  private async stopServer(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server?.pid === undefined || server.exitCode !== null) return;
    const gone = once(server, 'exit');
    process.kill(-server.pid, 'SIGINT');
    await gone;
  }

  /** Replaces the default port and temporary folder by those of this test. */
  private async write(commands: string): Promise<{ readonly file: string; readonly done: string }> {
    this.blocks += 1;
    const file = join(this.folder, `block-${this.blocks}.sh`);
    const own = commands
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${this.port}`)
      .replaceAll(/(?<![\w.])\/tmp\//g, `${join(this.folder, 'tmp')}/`);
    await writeFile(file, own);
    return { file, done: `${file}.done` };
  }

  private async read(file: string): Promise<string | null> {
    const text = await readFile(file, 'utf8').catch(() => '');
    return text === '' ? null : text;
  }
}

function options(folder: string, port: number) {
  return {
    cwd: join(folder, 'checkout'),
    env: { PATH: process.env['PATH'], HOME: folder, PORT: String(port), NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'pipe'] as ['pipe', 'pipe', 'pipe'],
  };
}

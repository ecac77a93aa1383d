import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Redactor } from '../redaction';
import type { ToolContext } from '../tool-adapter.port';

/** A real folder for one test, with a second folder beside it that no tool may touch. */
export class TempWorkspace {
  private top = '';

  get root(): string {
    return join(this.top, 'workspace');
  }

  get outside(): string {
    return join(this.top, 'outside');
  }

  async open(): Promise<void> {
    this.top = await realpath(await mkdtemp(join(tmpdir(), 'assent-tools-')));
    await chmod(this.top, 0o755);
    await mkdir(this.root);
    await mkdir(this.outside);
    await writeFile(join(this.outside, 'secret.txt'), 'secret\n');
  }

  /** @throws Error when a file inside is still open, so that every test detects leaks */
  async close(): Promise<void> {
    const open = await this.openPaths();
    await rm(this.top, { recursive: true, force: true });
    if (open.length > 0) throw new Error(`Left open: ${open.join(', ')}.`);
  }

  /** Paths inside that this process has open, including removed files; empty on systems without /proc. */
  private async openPaths(): Promise<string[]> {
    if (process.platform !== 'linux') return [];
    const descriptors = await readdir('/proc/self/fd');
    // The descriptor of this listing is already closed.
    const paths = await Promise.all(descriptors.map(async (name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
    return paths.filter((path) => path.startsWith(this.top));
  }

  at(path: string): string {
    return join(this.root, path);
  }

  async write(path: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(this.at(path)), { recursive: true });
    await writeFile(this.at(path), content);
  }

  /** A named pipe: opening it blocks until the other end is opened. */
  makePipe(path: string): void {
    execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', this.at(path)]);
  }

  async read(path: string): Promise<string> {
    return readFile(this.at(path), 'utf8');
  }

  /** Every file and folder below the root, sorted. */
  async everything(): Promise<string[]> {
    return (await readdir(this.root, { recursive: true })).sort();
  }

  async everythingOutside(): Promise<[string, string][]> {
    const names = await readdir(this.outside);
    return Promise.all(
      names.map(async (name): Promise<[string, string]> => [name, await readFile(join(this.outside, name), 'utf8')]),
    );
  }

  context(changes: Partial<ToolContext> = {}): ToolContext {
    return {
      workspace: { name: 'test', root: this.root },
      signal: new AbortController().signal,
      idempotencyKey: 'run:1',
      shows: () => true,
      quotes: () => true,
      exact: true,
      keepsContent: false,
      redaction: () => new Redactor().stream(true),
      ...changes,
    };
  }
}

/** A fresh workspace for each test of the file. */
export function useWorkspace(): TempWorkspace {
  const workspace = new TempWorkspace();
  beforeEach(async () => workspace.open());
  afterEach(async () => workspace.close());
  return workspace;
}

/** Runs `work` without root privileges, because root bypasses permissions. */
export async function asOrdinaryUser(work: () => Promise<void>): Promise<void> {
  const account = process.geteuid?.();
  const nobody = 65_534;
  if (account === 0) process.seteuid?.(nobody);
  try {
    await work();
  } finally {
    if (account === 0) process.seteuid?.(account);
  }
}
